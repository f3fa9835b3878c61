import { Failure, type FailureCode } from './failures.ts'

/**
 * What the system says of a path that is itself at fault. Everything else (no descriptors left, a full or broken disk, a
 * share that is away) says nothing about the file and may be over soon.
 */
const codes: Readonly<Record<string, FailureCode>> = {
  ENOENT: 'no-preview',
  ENOTDIR: 'no-preview',
  ELOOP: 'no-preview',
  ENAMETOOLONG: 'no-preview',
  ERR_INVALID_ARG_VALUE: 'no-preview',
  EISDIR: 'not-a-file',
  ENXIO: 'not-a-file',
  EACCES: 'forbidden',
  EPERM: 'forbidden',
}

/**
 * What opening or reading the file of a preview threw, as a failure of the preview.
 *
 * @returns `no-preview`, `not-a-file` (a folder, a socket), `forbidden`, or `unavailable`;
 *   what does not come from the system as {@link Failure.from} has it
 */
export const fileFailure = (error: unknown): Failure => {
  const { code } = Object(error) as { code?: unknown }
  if (error instanceof Failure || typeof code !== 'string') return Failure.from(error)
  return new Failure(codes[code] ?? 'unavailable', (error as Error).message, { cause: error })
}
