import type { FailureCode } from '@soundalike/contracts'
import { describeFailure } from './describe-failure.ts'

/** Exit codes: 128 + SIGINT, and could not do its work. */
const INTERRUPTED = 130
const FAILED = 1

/**
 * Runs a command that ends by itself. The first SIGINT or SIGTERM aborts its signal, a second one ends the process;
 * what goes wrong is told on standard error and sets the exit code.
 *
 * @param remedies - as {@link describeFailure} takes them
 */
export const interruptible = async (
  work: (signal: AbortSignal) => Promise<void>,
  remedies: Partial<Record<FailureCode, string>> = {},
): Promise<void> => {
  const controller = new AbortController()
  const abort = (): void => {
    process.once('SIGINT', () => process.exit(INTERRUPTED))
    controller.abort(new Error('interrupted'))
  }
  process.once('SIGINT', abort)
  process.once('SIGTERM', abort)
  try {
    await work(controller.signal)
  } catch (error) {
    process.exitCode = controller.signal.aborted ? INTERRUPTED : FAILED
    const reason = controller.signal.aborted ? 'stopped' : describeFailure(error, remedies)
    process.stderr.write(`soundalike: ${reason}\n`)
  } finally {
    process.off('SIGINT', abort)
    process.off('SIGTERM', abort)
  }
}
