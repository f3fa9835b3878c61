import { getSystemErrorMessage } from 'node:util'
import { Failure } from '@soundalike/contracts'

const absence = ['ENOENT', 'ENOTDIR', 'EISDIR']

/** What a file system call gives, or `fallback` where it found no file under that name. */
export const unlessAbsent = async <T, U>(work: Promise<T>, fallback: U): Promise<T | U> => {
  try {
    return await work
  } catch (error) {
    if (absence.includes(codeOf(error))) return fallback
    throw error
  }
}

/**
 * Runs a file system call and turns what it throws (disk full, no permission, input or output error, …)
 * into a Failure `unavailable` that says which one it was. The path stays out of it: reasons reach users.
 *
 * @param what - what was tried, e.g. "write mel/…"
 */
export const orUnavailable = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    const errno = fieldOf(error, 'errno')
    if (typeof errno !== 'number') throw error
    const reason = `blob store cannot ${what}: ${getSystemErrorMessage(errno)} (${codeOf(error)})`
    throw new Failure('unavailable', reason, { cause: error })
  }
}

/** The system's name for an error, e.g. `ENOSPC`; empty where it has none. */
export const codeOf = (error: unknown): string => {
  const code = fieldOf(error, 'code')
  return typeof code === 'string' ? code : ''
}

const fieldOf = (error: unknown, field: string): unknown =>
  typeof error === 'object' && error !== null ? Reflect.get(error, field) : undefined
