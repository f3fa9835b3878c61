import { fingerprintsOf, presetNamed } from '@soundalike/audio'
import { openStores } from '@soundalike/ports'
import { openProcess } from '@soundalike/runtime'
import type { Command } from 'commander'
import { describeFailure } from './describe-failure.ts'
import { installBoxModel } from './models/install-box-model.ts'

/** Adds `soundalike migrate`. */
export const addMigrateCommand = (program: Command): void => {
  program
    .command('migrate')
    .description(
      'Brings the stores that the environment names up to date, before anything runs on them, and gives a library ' +
        'without a model the one in the box.',
    )
    .action(migrate)
}

/** Every process would bring the stores up to date at its start; here it takes the time it takes, with nobody waiting. */
const migrate = async (): Promise<void> => {
  const { context, stop } = openProcess('soundalike')
  try {
    const stores = await openStores(context)
    const preset = presetNamed(context.config.PRESET)
    const installed = await installBoxModel(stores, fingerprintsOf(preset).spectrogram)
    context.log.info({ installed }, 'stores are up to date')
  } catch (error) {
    process.stderr.write(`soundalike: ${describeFailure(error)}\n`)
    process.exitCode = 1
  }
  await stop()
  process.exit()
}
