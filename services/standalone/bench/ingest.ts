/**
 * Takes a folder of music from file to mel image through the real stages and queue, all services in one process, and
 * prints what it took as one JSON object: `node services/standalone/bench/ingest.ts FOLDER [--redis]`. Everything is
 * embedded; with `--redis` the queues are in Redis and the catalog is on a PostgreSQL server. `cpuSeconds` is what the
 * process and its decoders used; what the servers used is apart.
 */
import { openProcess } from '@soundalike/runtime'
import { scriptOptions, startPostgres, startRedis, type TestServer } from '@soundalike/testkit'
import { statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createDisplay } from '../src/demo/display.ts'
import { ingest } from '../src/demo/phases.ts'
import { openHouse } from '../src/house.ts'
import { cpuSeconds } from './cpu.ts'

const { folder, redis } = scriptOptions(
  'usage: node services/standalone/bench/ingest.ts FOLDER [--redis]',
  { options: { redis: { type: 'boolean', default: false } }, allowPositionals: true },
  ({ values, positionals: [given, ...more] }) => {
    if (given === undefined || more.length > 0) throw new Error('Give one folder of music.')
    if (statSync(given, { throwIfNoEntry: false })?.isDirectory() !== true) {
      throw new Error(`${given} is not a folder.`)
    }
    return { folder: given, redis: values.redis }
  },
)

const data = await mkdtemp(join(tmpdir(), 'soundalike-bench-'))
const servers: TestServer[] = []
const startServers = async () => {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()])
  servers.push(postgres, redis)
  return { DATABASE_URL: postgres.url, QUEUE_URL: redis.url }
}
const { context, stop } = openProcess('bench', {
  LOG_LEVEL: 'error',
  MUSIC_PATH: resolve(folder),
  DATA_DIR: data,
  ...(redis ? await startServers() : {}),
})
try {
  const house = await openHouse(context)
  // Opening stores is paid once, however long the library.
  const before = await cpuSeconds()
  const startedAtMs = performance.now()
  await house.startWorkers()
  await ingest(house, createDisplay(process.stderr))
  const seconds = (performance.now() - startedAtMs) / 1000
  const { done: tracks } = await house.stores.catalog.stageCounts(
    'spectrogram',
    house.fingerprints.spectrogram,
  )
  const after = await cpuSeconds()
  const decoderCpuSeconds = after.ended - before.ended
  const figures = {
    tracks,
    seconds,
    cpuSeconds: after.own - before.own + decoderCpuSeconds,
    decoderCpuSeconds,
    serverCpuSeconds: after.running - before.running,
  }
  process.stdout.write(`${JSON.stringify(figures)}\n`)
} finally {
  await stop()
  await Promise.all(servers.map((server) => server.stop()))
  await rm(data, { recursive: true, force: true })
}
process.exit()
