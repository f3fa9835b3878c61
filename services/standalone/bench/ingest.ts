/**
 * Takes a folder of music from file to mel image through the real stages and queue, embedded, and prints what
 * it took as one JSON object: `node services/standalone/bench/ingest.ts FOLDER`.
 */
import { openProcess } from '@soundalike/runtime'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createDisplay } from '../src/demo/display.ts'
import { ingest } from '../src/demo/phases.ts'
import { openHouse } from '../src/house.ts'

/** Clock ticks per second of /proc, the same on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

/** CPU time of this process and of its children that have ended, fields 14–17 of proc(5)'s stat. */
const cpuSeconds = async (): Promise<number> => {
  const stat = await readFile('/proc/self/stat', 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
  return ticks / TICKS_PER_SECOND
}

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('usage: node services/standalone/bench/ingest.ts FOLDER')

const data = await mkdtemp(join(tmpdir(), 'soundalike-bench-'))
const { context, stop } = openProcess('bench', {
  LOG_LEVEL: 'error',
  MUSIC_PATH: resolve(folder),
  DATA_DIR: data,
})
try {
  const house = await openHouse(context)
  // Opening stores is paid once, however long the library.
  const cpuBefore = await cpuSeconds()
  const startedAtMs = performance.now()
  await house.startWorkers()
  await ingest(house, createDisplay(process.stderr))
  const seconds = (performance.now() - startedAtMs) / 1000
  const { done: tracks } = await house.stores.catalog.stageCounts(
    'spectrogram',
    house.fingerprints.spectrogram,
  )
  const used = (await cpuSeconds()) - cpuBefore
  process.stdout.write(`${JSON.stringify({ tracks, seconds, cpuSeconds: used })}\n`)
} finally {
  await stop()
  await rm(data, { recursive: true, force: true })
}
process.exit()
