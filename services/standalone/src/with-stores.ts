import { openStores, type Stores } from '@soundalike/ports'
import { openProcess, type ServiceContext } from '@soundalike/runtime'
import { describeFailure } from './describe-failure.ts'

/**
 * One piece of an operator's work on the stores that the environment names; then the process ends, with 1 where the
 * work failed.
 */
export const withStores = async (
  work: (stores: Stores, context: ServiceContext) => Promise<void>,
): Promise<never> => {
  const { context, stop } = openProcess('soundalike')
  try {
    await work(await openStores(context), context)
  } catch (error) {
    process.stderr.write(`soundalike: ${describeFailure(error)}\n`)
    process.exitCode = 1
  }
  await stop()
  process.exit()
}
