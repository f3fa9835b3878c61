import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Calls an attempt until it succeeds.
 *
 * @throws Error naming what was waited for, with the last attempt's error as its cause
 */
export const untilReady = async <Result>(
  what: string,
  attempt: () => Promise<Result>,
  timeoutMs = 30_000,
): Promise<Result> => {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (performance.now() > deadline)
        throw new Error(`${what} was not ready within ${timeoutMs / 1000} s`, { cause: error })
      await sleep(50)
    }
  }
}
