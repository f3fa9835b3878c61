import { Failure } from '@soundalike/contracts'

const DAY_MS = 24 * 3600 * 1000

/** Refusals that no repetition changes. */
const forbiddenStatuses: readonly number[] = [401, 403, 407, 451]

/** Client errors by number that are about the moment and not about the request. */
const passingStatuses: readonly number[] = [408, 425]

/**
 * What a status other than success means for a preview.
 *
 * @param retryAfter - the header of that name, where there is one
 */
export const failureOfStatus = (
  status: number,
  retryAfter: string | null,
  host: string,
): Failure => {
  const reason = `${host} answers with status ${String(status)}`
  const retryAfterMs = retryAfter === null ? undefined : retryAfterMsOf(retryAfter)
  if (status === 429) return new Failure('rate-limited', reason, { retryAfterMs })
  if (status >= 500 || passingStatuses.includes(status)) {
    return new Failure('unavailable', reason, { retryAfterMs })
  }
  return new Failure(forbiddenStatuses.includes(status) ? 'forbidden' : 'no-preview', reason)
}

/**
 * How long a `Retry-After` header asks to wait: seconds or a date, RFC 9110 section 10.2.3.
 *
 * @returns milliseconds, a day at most; undefined when it is neither
 */
const retryAfterMsOf = (header: string, nowMs = Date.now()): number | undefined => {
  const waitMs = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), DAY_MS)
}

/** Whatever went wrong on the way, by what it means for a preview. */
export const failureOfError = (error: unknown, host: string): Failure => {
  if (error instanceof Failure) return error
  const { code, message } = error as NodeJS.ErrnoException
  return new Failure('unavailable', `${host}: ${code ?? message}`, { cause: error })
}

/** The preview goes beyond the limit on its size. */
export const tooLarge = (sizeBytes: number, maxBytes: number): Failure =>
  new Failure(
    'too-large',
    `${String(sizeBytes)} bytes or more, at most ${String(maxBytes)} are read`,
  )
