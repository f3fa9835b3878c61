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
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const rejectWithReason = (): void => {
    reject(signal.reason as Error)
  }
  if (signal.aborted) rejectWithReason()
  // A listener left behind would keep the signal, and the job with it, for as long as the worker runs.
  signal.addEventListener('abort', rejectWithReason)
  try {
    return await Promise.race([aborted, (async () => work(signal))()])
  } catch (error) {
    // What the work throws when it is cut off says less than why it was.
    throw signal.aborted ? signal.reason : error
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', rejectWithReason)
  }
}
