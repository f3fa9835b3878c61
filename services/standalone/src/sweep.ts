import { fingerprintsOf, presetNamed } from '@soundalike/audio'
import { createHousekeeping } from '@soundalike/pipeline'
import type { Command } from 'commander'
import { withStores } from './with-stores.ts'

/** Adds `soundalike sweep`. */
export const addSweepCommand = (program: Command): void => {
  program
    .command('sweep')
    .description(
      'Deletes blobs that nothing refers to, older than an hour, in the installation that the environment names, as ' +
        'happens there every six hours. Prints how many.',
    )
    .action(() =>
      withStores(async (stores, { config, log }) => {
        const housekeeping = createHousekeeping({
          ...stores,
          fingerprints: fingerprintsOf(presetNamed(config.PRESET)),
          keepPreviousModels: config.KEEP_PREVIOUS_MODELS,
          log,
        })
        process.stdout.write(`${String(await housekeeping.sweep())}\n`)
      }),
    )
}
