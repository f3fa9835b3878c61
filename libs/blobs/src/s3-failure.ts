import { S3ServiceException } from '@aws-sdk/client-s3'
import { Failure } from '@soundalike/contracts'

/** A request about an object that is not there; one about a bucket that is not there says `NoSuchBucket`. */
const absence = ['NoSuchKey', 'NotFound']

/** What a request gives, or `fallback` where it found no object under that key. */
export const unlessAbsent = async <T, U>(request: Promise<T>, fallback: U): Promise<T | U> => {
  try {
    return await request
  } catch (error) {
    if (error instanceof S3ServiceException && absence.includes(error.name)) return fallback
    throw error
  }
}

/**
 * Makes a request and turns what it throws once its retries are used up (a refusal, an overload, a lost connection,
 * silence, bytes that do not fit their checksum) into a Failure `unavailable` that says which one it was.
 *
 * @param what - what was tried, e.g. "write mel/…"
 */
export const orUnavailable = async <T>(what: string, request: () => Promise<T>): Promise<T> => {
  try {
    return await request()
  } catch (error) {
    const reason = `blob store cannot ${what}: ${describe(error)}`
    throw new Failure('unavailable', reason, { cause: error })
  }
}

const describe = (error: unknown): string => {
  if (error instanceof S3ServiceException) {
    const status = error.$metadata.httpStatusCode
    return `S3 answers ${status === undefined ? '' : `${status} `}${error.name}`
  }
  const { message, name, code } = Object(error) as Record<string, unknown>
  return [message || name, code].filter((part) => typeof part === 'string').join(' ')
}
