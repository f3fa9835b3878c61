import { Failure } from '@soundalike/contracts'

/**
 * Runs one attempt under a bound of time and under the signal of a worker that stops. It settles when either
 * fires, even where the work itself takes no notice.
 *
 * @throws whatever the work throws; Failure `timed-out`; the reason of `stop`
 */
export const attempt = async <Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  timeoutMs: number,
  stop: AbortSignal,
): Promise<Result> => {
  const timeout = new AbortController()
  const timer = setTimeout(() => {
    timeout.abort(new Failure('timed-out', `not finished after ${String(timeoutMs / 1000)} s`))
  }, timeoutMs)
  const signal = AbortSignal.any([timeout.signal, stop])
  const working = (async () => work(signal))()
  try {
    return await Promise.race([aborted(signal), working])
  } catch (error) {
    // What the work throws when it is cut off says less than why it was.
    throw signal.aborted ? signal.reason : error
  } finally {
    clearTimeout(timer)
  }
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    const rejectWithReason = (): void => {
      reject(signal.reason as Error)
    }
    if (signal.aborted) rejectWithReason()
    signal.addEventListener('abort', rejectWithReason, { once: true })
  })
