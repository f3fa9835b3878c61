const longestWord = 64
const mostWords = 256
const mostQueryWords = 16
const longestSortKey = 300

/**
 * Words of some texts as they are stored and searched: letters and digits only, lower case, without accents
 * (NFKD, marks removed) and apostrophes, so that "Beyoncé" and "Don’t" are found by "beyonce" and "dont".
 *
 * @returns at most 256, none twice, each of at most 64 characters
 */
export const wordsOf = (...texts: readonly string[]): string[] => {
  const words = fold(texts.join(' ')).match(/[\p{L}\p{N}]+/gu) ?? []
  return [...new Set(words.map((word) => word.slice(0, longestWord).toWellFormed()))].slice(
    0,
    mostWords,
  )
}

/**
 * A PostgreSQL tsquery that wants a word beginning with each word of a text.
 *
 * @param text - what somebody typed; words after the sixteenth are ignored
 * @returns null when there is no word in it
 */
export const prefixQuery = (text: string): string | null => {
  const words = wordsOf(text).slice(0, mostQueryWords)
  return words.length === 0 ? null : words.map((word) => `'${word}':*`).join(' & ')
}

/** Text that sorts tracks by artist, album and title when compared byte by byte. */
export const sortKeyOf = (...texts: readonly string[]): string =>
  texts
    .map((text) => wordsOf(text).join(' '))
    .join('\t')
    .slice(0, longestSortKey)
    .toWellFormed()

const fold = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/[\p{M}'’]/gu, '')
    .toLowerCase()
