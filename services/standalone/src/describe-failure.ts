import { Failure } from '@soundalike/contracts'

/** An error for people: what went wrong, its code, and what to do. */
export const describeFailure = (error: unknown): string => {
  if (error instanceof Failure) return `${error.message} [${error.code}]\n  ${error.remedy}`
  return error instanceof Error ? error.message : String(error)
}
