/** Keys one process remembers; beyond that, none gets its turn any more. */
const MAX_KEYS = 100_000

/**
 * Gives each key one turn in the life of a process.
 *
 * @param onFull - told once, when no more keys are remembered
 * @returns says whether it is a key's turn, which then is taken
 */
export const createOnceEach = (
  onFull: () => void,
  maxKeys = MAX_KEYS,
): ((key: string) => boolean) => {
  const taken = new Set<string>()
  let told = false
  return (key) => {
    if (taken.has(key)) return false
    if (taken.size < maxKeys) {
      taken.add(key)
      return true
    }
    if (!told) onFull()
    told = true
    return false
  }
}
