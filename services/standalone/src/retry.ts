import type { ForgetQuery } from '@soundalike/catalog'
import { failureKinds, trackStages } from '@soundalike/contracts'
import { Option, type Command } from 'commander'
import { withStores } from './with-stores.ts'

interface RetryOptions extends Pick<ForgetQuery, 'stage' | 'code'> {
  readonly data?: string
}

/** Adds `soundalike retry`. */
export const addRetryCommand = (program: Command): void => {
  program
    .command('retry')
    .description(
      'Has failed tracks tried again, in the installation that the environment names: its workers take them up within ' +
        'a minute. Prints how many.',
    )
    .addOption(new Option('--stage <name>', 'only what failed at this stage').choices(trackStages))
    .addOption(
      new Option('--code <code>', 'only what failed for this reason, see docs/errors.md').choices(
        Object.keys(failureKinds),
      ),
    )
    .option(
      '--data <folder>',
      'where everything is kept, for a library on this machine; it is taken up when that runs again',
    )
    .action(({ data, ...failures }: RetryOptions) =>
      withStores(
        async ({ catalog }) => {
          const forgotten = await catalog.forget(failures)
          process.stdout.write(`${String(forgotten)}\n`)
        },
        data === undefined ? {} : { DATA_DIR: data },
      ),
    )
}
