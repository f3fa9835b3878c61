import { Failure } from '@soundalike/contracts'

/** Wall time for one preview, from the moment it is made: every step gets what those before it have left. */
export interface Deadline {
  /** Aborted once the time is up, or the caller has given up. */
  readonly signal: AbortSignal
  /** Not negative. */
  leftMs(): number
  /** What made a step fail: where that is the end of the time, a failure that says so. */
  reason(error: unknown): unknown
}

/** Starts the clock. */
export const createDeadline = (timeoutMs: number, caller: AbortSignal | undefined): Deadline => {
  const endMs = performance.now() + timeoutMs
  const timeout = AbortSignal.timeout(timeoutMs)
  return {
    signal: caller === undefined ? timeout : AbortSignal.any([caller, timeout]),
    leftMs: () => Math.max(0, endMs - performance.now()),
    reason: (error) => {
      const isLate = timeout.aborted && caller?.aborted !== true
      if (!isLate || Failure.from(error).code !== 'timed-out') return error
      return new Failure('timed-out', `decoding took longer than ${timeoutMs} ms`, { cause: error })
    },
  }
}
