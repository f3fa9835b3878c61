import { openStores, type Stores } from '@soundalike/ports'
import { openProcess, type ServiceContext } from '@soundalike/runtime'
import { describeFailure } from './describe-failure.ts'

/**
 * One piece of an operator's work on the stores that the environment names; then the process ends, with 1 where the
 * work failed.
 *
 * @param overrides - what a command line says, over what the environment says
 */
export const withStores = async (
  work: (stores: Stores, context: ServiceContext) => Promise<void>,
  overrides: Readonly<Record<string, string | undefined>> = {},
): Promise<never> => {
  const { context, stop } = openProcess('soundalike', overrides)
  try {
    await work(await openStores(context), context)
  } catch (error) {
    process.stderr.write(`soundalike: ${describeFailure(error)}\n`)
    process.exitCode = 1
  }
  await stop()
  process.exit()
}
