/** Longest wait between two attempts of a job, and longest rest of a queue. */
export const CAP_MS = 5 * 60_000

/**
 * How long to wait before the next attempt: doubles with every attempt up to a cap, and is spread over its
 * upper half, so that jobs that failed together do not come back together.
 *
 * @param attempt - the one that failed, from 1
 * @param firstMs - longest wait after the first
 * @param random - 0…1
 * @returns milliseconds, never above five minutes
 */
export const backoffDelayMs = (
  attempt: number,
  firstMs: number,
  random: number = Math.random(),
): number => {
  const longestMs = Math.min(firstMs * 2 ** (attempt - 1), CAP_MS)
  return Math.round(longestMs * (0.5 + random / 2))
}
