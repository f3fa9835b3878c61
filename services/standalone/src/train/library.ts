import { openProcess } from '@soundalike/runtime'
import { randomUUID } from 'node:crypto'
import { describeFailure } from '../describe-failure.ts'
import { dataFolder, openWhenFree } from '../demo/demo.ts'
import { createDisplay } from '../demo/display.ts'
import { embedEverything, ingest, train } from '../demo/phases.ts'
import type { House } from '../house.ts'
import { installBoxModel } from '../models/install-box-model.ts'

export interface LibraryTrainingOptions {
  data?: string
  architecture: string
  seed: number
  seconds: number
  fromNothing?: boolean
}

const INTERRUPTED = 130
const FAILED = 1

/** Trains a model on the user's own library and puts it in place of the one before, when every track has its vector. */
export const trainLibrary = async (
  path: string,
  options: LibraryTrainingOptions,
): Promise<void> => {
  const { architecture, seed, seconds } = options
  const display = createDisplay(process.stderr)
  process.exitCode = INTERRUPTED
  const { context, interrupted, stop } = openProcess('soundalike', {
    LOG_LEVEL: 'warn',
    MUSIC_PATH: path,
    DATA_DIR: options.data ?? dataFolder({ kind: 'own', path }),
  })
  context.onStop('display', () => Promise.resolve(display.clear()))
  try {
    const house = await openWhenFree(context, display.say)
    await house.startWorkers()
    await ingest(house, display)
    const fingerprint = house.fingerprints.spectrogram
    const startFrom =
      options.fromNothing === true
        ? ''
        : await startingModel(house.stores, { architecture, fingerprint })
    display.say(startFrom === '' ? 'starting from nothing' : `starting from ${startFrom}`)
    const budgetSeconds = seconds
    const job = { runId: randomUUID(), fingerprint, architecture, seed, budgetSeconds, startFrom }
    await train(house, job, display)
    await embedEverything(house, display)
    const live = await house.stores.catalog.liveModel()
    process.stdout.write(`${live?.manifest.id ?? ''}\n`)
    process.exitCode = 0
  } catch (error) {
    // What fails because the stores are closing is no failure; the process ends by itself.
    if (interrupted.aborted) return
    display.clear()
    display.say(`soundalike: ${describeFailure(error)}`)
    process.exitCode = FAILED
  }
  await stop()
  process.exit()
}

/** The library's newest model of the architecture, else the one in the box; empty where there is neither. */
export const startingModel = async (
  stores: House['stores'],
  wanted: { architecture: string; fingerprint: string },
): Promise<string> => {
  await installBoxModel(stores, wanted.fingerprint)
  const models = await stores.catalog.models()
  const fits = ({ manifest, status }: (typeof models)[number]): boolean =>
    status !== 'leaving' &&
    manifest.architecture === wanted.architecture &&
    manifest.fingerprint === wanted.fingerprint
  return models.find(fits)?.manifest.id ?? ''
}
