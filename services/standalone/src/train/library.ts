import type { TrainJob } from '@soundalike/contracts'
import { openProcess } from '@soundalike/runtime'
import { randomUUID } from 'node:crypto'
import { describeFailure } from '../describe-failure.ts'
import { dataFolder, openWhenFree } from '../demo/demo.ts'
import { createDisplay, type Display } from '../demo/display.ts'
import { ownMusic, type FoundMusic } from '../demo/find-music.ts'
import { embedEverything, ingest, train } from '../demo/phases.ts'
import type { House } from '../house.ts'
import { installBoxModel } from '../models/install-box-model.ts'
import { isSameRun, unfinishedRuns } from './unfinished.ts'

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
  const display = createDisplay(process.stderr)
  try {
    await run(await ownMusic(path), options, display)
  } catch (error) {
    display.clear()
    display.say(`soundalike: ${describeFailure(error)}`)
    process.exit(FAILED)
  }
}

const run = async (
  music: FoundMusic,
  options: LibraryTrainingOptions,
  display: Display,
): Promise<void> => {
  process.exitCode = INTERRUPTED
  const { context, interrupted, stop } = openProcess('soundalike', {
    LOG_LEVEL: 'warn',
    MUSIC_PATH: music.path,
    DATA_DIR: options.data ?? dataFolder(music),
  })
  context.onStop('display', () => Promise.resolve(display.clear()))
  try {
    const house = await openWhenFree(context, display.say)
    const id = await learn(house, options, display)
    process.stdout.write(`${id}\n`)
    process.exitCode = 0
  } catch (error) {
    // What fails because the stores are closing is no failure; the process ends by itself.
    if (interrupted.aborted) return
    await stop()
    throw error
  }
  await stop()
  process.exit()
}

/** @returns id of the model */
const learn = async (
  house: House,
  options: LibraryTrainingOptions,
  display: Display,
): Promise<string> => {
  // Before the workers start, since the trainer goes on at once with a run that was interrupted.
  const job = await chooseRun(house, options, display.say)
  await house.startWorkers()
  await ingest(house, display)
  const id = await train(house, job, display)
  await embedEverything(house, display)
  return id
}

/** The run that is asked for: the one of those words that was interrupted, else a new one. */
const chooseRun = async (
  { stores, fingerprints }: House,
  { architecture, seed, seconds, fromNothing = false }: LibraryTrainingOptions,
  say: Display['say'],
): Promise<Omit<TrainJob, '$typeName'>> => {
  const fingerprint = fingerprints.spectrogram
  const startFrom = fromNothing ? '' : await startingModel(stores, { architecture, fingerprint })
  say(startFrom === '' ? 'starting from nothing' : `starting from ${startFrom}`)
  const asked = { fingerprint, architecture, seed, budgetSeconds: seconds, startFrom }
  const unfinished = await unfinishedRuns(stores)
  const begun = unfinished.find((run) => isSameRun(run, asked))
  if (begun !== undefined) say('going on with this training, which was interrupted')
  for (const other of unfinished) {
    if (other === begun) continue
    const { architecture: name, seed: number, budgetSeconds } = other
    say(
      'a training that was interrupted comes first: ' +
        `${name}, seed ${String(number)}, at most ${String(budgetSeconds)} s`,
    )
  }
  return begun ?? { ...asked, runId: randomUUID() }
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
