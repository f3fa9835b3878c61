import { fingerprintsOf, presetNamed } from '@soundalike/audio'
import type { Command } from 'commander'
import { installBoxModel } from './models/install-box-model.ts'
import { withStores } from './with-stores.ts'

/** Adds `soundalike migrate`. */
export const addMigrateCommand = (program: Command): void => {
  program
    .command('migrate')
    .description(
      'Brings the stores that the environment names up to date, before anything runs on them, and gives a library ' +
        'without a model the one in the box.',
    )
    .action(() =>
      // Opening brings them up to date. Every process does so at its start; here nobody waits for it.
      withStores(async (stores, { config }) => {
        const fingerprint = fingerprintsOf(presetNamed(config.PRESET)).spectrogram
        const installed = await installBoxModel(stores, fingerprint)
        process.stdout.write(`up to date${installed === null ? '' : `, with model ${installed}`}\n`)
      }),
    )
}
