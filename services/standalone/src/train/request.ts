import { fingerprintsOf, presetNamed } from '@soundalike/audio'
import { randomUUID } from 'node:crypto'
import type { Command } from 'commander'
import { withStores } from '../with-stores.ts'
import { startingModel } from './library.ts'

/** Adds `soundalike request-training`. */
export const addRequestTrainingCommand = (program: Command): void => {
  program
    .command('request-training')
    .description(
      'Asks the trainers of the installation that the environment names for a new model, which goes live once ' +
        'everything is embedded with it. Prints the id of the run.',
    )
    .option('--from-nothing', 'start from random weights, not from the model there is')
    .action(({ fromNothing = false }: { fromNothing?: boolean }) =>
      withStores(async (stores, { config }) => {
        const fingerprint = fingerprintsOf(presetNamed(config.PRESET)).spectrogram
        const architecture = config.TRAIN_ARCHITECTURE
        const job = {
          runId: randomUUID(),
          fingerprint,
          architecture,
          seed: config.TRAIN_SEED,
          budgetSeconds: config.TRAIN_BUDGET_SECONDS,
          startFrom: fromNothing ? '' : await startingModel(stores, { fingerprint, architecture }),
        }
        await stores.pipeline.enqueue('train', [job])
        process.stdout.write(`${job.runId}\n`)
      }),
    )
}
