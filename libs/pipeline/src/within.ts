import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Waits for work, but not for longer than a bound; the work goes on.
 *
 * @returns whether it was done in time
 * @throws whatever the work throws in time
 */
export const within = async (timeoutMs: number, work: Promise<unknown>): Promise<boolean> => {
  const timer = new AbortController()
  const late = sleep(timeoutMs, false, { signal: timer.signal }).catch(() => false)
  try {
    return await Promise.race([work.then(() => true), late])
  } finally {
    timer.abort()
  }
}
