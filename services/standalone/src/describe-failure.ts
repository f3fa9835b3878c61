import { Failure, type FailureCode } from '@soundalike/contracts'

/**
 * An error for people: what went wrong, its code, and what to do.
 *
 * @param remedies - for codes whose own remedy does not fit the command
 */
export const describeFailure = (
  error: unknown,
  remedies: Partial<Record<FailureCode, string>> = {},
): string => {
  if (error instanceof Failure) {
    return `${error.message} [${error.code}]\n  ${remedies[error.code] ?? error.remedy}`
  }
  return error instanceof Error ? error.message : String(error)
}
