import { setTimeout as sleep } from 'node:timers/promises'

/** Waits for work, but not for longer than a bound; the work goes on. */
export const within = async (timeoutMs: number, work: Promise<unknown>): Promise<void> => {
  const timer = new AbortController()
  const late = sleep(timeoutMs, undefined, { signal: timer.signal }).catch(() => undefined)
  try {
    await Promise.race([work, late])
  } finally {
    timer.abort()
  }
}
