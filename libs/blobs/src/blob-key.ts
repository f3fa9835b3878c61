const longestKey = 512
const wholeKey = /^[A-Za-z0-9][A-Za-z0-9._-]*(?:\/[A-Za-z0-9][A-Za-z0-9._-]*){0,7}$/
const keyBeginning = /^(?:[A-Za-z0-9][A-Za-z0-9._-]*\/){0,7}(?:[A-Za-z0-9][A-Za-z0-9._-]*)?$/

/** Whether a name is a whole key. */
export const isKey = (text: string): boolean => fits(text, wholeKey)

/**
 * Refuses what is not a key. As every name starts with a letter or digit, no key can climb out of
 * the store (`..`), be absolute, or meet the adapter's own files (which start with a dot).
 *
 * @throws RangeError
 */
export const checkKey = (key: string): void => check(key, wholeKey, 'blob key')

/** The same for the beginning of a key, which may be empty or end in `/`. */
export const checkPrefix = (prefix: string): void => check(prefix, keyBeginning, 'blob key prefix')

const check = (text: string, form: RegExp, what: string): void => {
  if (!fits(text, form)) {
    throw new RangeError(`not a ${what}: ${JSON.stringify(text.slice(0, 100))}`)
  }
}

const fits = (text: string, form: RegExp): boolean => text.length <= longestKey && form.test(text)
