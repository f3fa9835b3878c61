import { Failure, sourceId } from '@soundalike/contracts'
import { openProcess, type ServiceContext } from '@soundalike/runtime'
import { randomUUID } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describeFailure } from '../describe-failure.ts'
import { openHouse, type House } from '../house.ts'
import { createDisplay } from './display.ts'
import { findMusic, type FoundMusic } from './find-music.ts'
import { embedEverything, ingest, trainFirstModel } from './phases.ts'
import { printFailures, printNeighbours, summarise } from './summary.ts'

interface DemoOptions {
  once?: boolean
  json?: boolean
  port: string
  data?: string
  logLevel: string
}

const DATA_DIR = '.soundalike'

/** Exit code of a run that was interrupted (128 + SIGINT) or that could not do its work. */
const INTERRUPTED = 130
const FAILED = 1

const IN_USE_WAIT_MS = 40_000

/** The main job, end to end: music in, sound-alikes out. Run again, it goes on where it was. */
export const demo = async (path: string | undefined, options: DemoOptions): Promise<void> => {
  const display = createDisplay(process.stderr)
  process.exitCode = INTERRUPTED
  const music = await findMusic(path, join(DATA_DIR, 'sample-music'), display.say)
  const { context, interrupted, stop } = openProcess('soundalike', {
    LOG_LEVEL: options.logLevel,
    MUSIC_PATH: music.path,
    PORT: options.port,
    DATA_DIR: options.data ?? join(DATA_DIR, libraryName(music)),
  })
  context.onStop('display', () => Promise.resolve(display.clear()))
  try {
    const house = await openWhenFree(context, display.say)
    await house.startWorkers()
    await ingest(house, display)
    await trainFirstModel(house, context.config, display)
    await embedEverything(house, display)
    display.clear()
    const summary = await summarise(house, display.seconds())
    printNeighbours(summary, display.say)
    printFailures(summary, display.say)
    if (options.json === true) process.stdout.write(`${JSON.stringify(summary)}\n`)
    process.exitCode = 0
    if (options.once !== true) {
      display.say(`\nThe page and the API are at ${await house.startGateway()} (Ctrl-C stops).`)
      return
    }
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

/** A run that was just killed or interrupted may need a moment to let go of its folder. */
const openWhenFree = async (
  context: ServiceContext,
  say: (line: string) => void,
): Promise<House> => {
  const deadlineMs = performance.now() + IN_USE_WAIT_MS
  let told = false
  for (;;) {
    try {
      return await openHouse(context, randomUUID())
    } catch (error) {
      const inUse = error instanceof Failure && error.code === 'in-use'
      if (!inUse || performance.now() > deadlineMs) throw error
      if (!told) say(`Waiting: ${error.message}`)
      told = true
      await sleep(500)
    }
  }
}

/** Libraries of different places must not mix in one data folder. */
const libraryName = ({ kind, path }: FoundMusic): string =>
  kind === 'own' ? sourceId('folder', realpathSync(resolve(path))) : kind
