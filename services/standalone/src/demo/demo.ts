import { Failure, sourceId } from '@soundalike/contracts'
import { openProcess, type ServiceContext } from '@soundalike/runtime'
import { realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describeFailure } from '../describe-failure.ts'
import { openHouse, type House } from '../house.ts'
import { createDisplay, type Display } from './display.ts'
import { findMusic, type FoundMusic } from './find-music.ts'
import { embedEverything, ingest, takeModelFromBox, trainFirstModel } from './phases.ts'
import { printExamples, printFailures, writeSummary } from './summary.ts'

interface DemoOptions {
  once?: boolean
  json?: boolean
  train?: boolean
  port: string
  data?: string
  logLevel: string
}

const DATA_DIR = '.soundalike'

const FAILED = 1

const IN_USE_WAIT_MS = 40_000

/** The main job, end to end: music in, sound-alikes out. Run again, it goes on where it was. */
export const demo = async (path: string | undefined, options: DemoOptions): Promise<void> => {
  const display = createDisplay(process.stderr)
  try {
    const music = await findMusic(path, join(DATA_DIR, 'sample-music'), display.say)
    await run(music, options, display)
  } catch (error) {
    display.clear()
    display.say(`soundalike: ${describeFailure(error)}`)
    process.exit(FAILED)
  }
}

const run = async (music: FoundMusic, options: DemoOptions, display: Display): Promise<void> => {
  const { context, interrupted, stop } = openProcess('soundalike', {
    LOG_LEVEL: options.logLevel,
    MUSIC_PATH: music.path,
    PORT: options.port,
    DATA_DIR: options.data ?? dataFolder(music),
  })
  try {
    const house = await openWhenFree(context, display.say)
    // First of all, so that a port that is taken is known at once and the page shows how far things are.
    const url = options.once === true ? null : await house.startGateway()
    if (url !== null) display.say(`The page and the API are at ${url}`)
    await house.startWorkers()
    const train = options.train === true
    if (!train) await takeModelFromBox(house, display)
    await ingest(house, display)
    await trainFirstModel(house, context.config, train, display)
    await embedEverything(house, display)
    display.clear()
    await printExamples(house, display.say)
    await printFailures(house, display.say)
    if (options.json === true) await writeSummary(house, display.seconds(), process.stdout)
    if (url !== null) {
      display.say(`\nThe page and the API are at ${url} (Ctrl-C stops).`)
      return
    }
  } catch (error) {
    // What fails because the stores are closing is no failure; the process ends by itself.
    if (interrupted.aborted) return
    await stop()
    throw error
  }
  await stop()
  process.exit()
}

/** A run that was just killed or interrupted may need a moment to let go of its folder. */
export const openWhenFree = async (
  context: ServiceContext,
  say: (line: string) => void,
): Promise<House> => {
  const deadlineMs = performance.now() + IN_USE_WAIT_MS
  let told = false
  for (;;) {
    try {
      return await openHouse(context)
    } catch (error) {
      const inUse = error instanceof Failure && error.code === 'in-use'
      if (!inUse || performance.now() > deadlineMs) throw error
      if (!told) say(`Waiting: ${error.message}`)
      told = true
      await sleep(500)
    }
  }
}

/** Where a library is kept. Those of different places must not mix in one folder. */
export const dataFolder = ({ kind, path }: FoundMusic): string =>
  join(DATA_DIR, kind === 'own' ? sourceId('folder', realpathSync(resolve(path))) : kind)
