import { fingerprintsOf, presetNamed, type StageFingerprints } from '@soundalike/audio'
import { sourceId, type FailureCode } from '@soundalike/contracts'
import { openStores, type Stores } from '@soundalike/ports'
import {
  createLog,
  createMetrics,
  createShutdown,
  readConfig,
  type Shutdown,
} from '@soundalike/runtime'
import {
  runPostgres,
  runRedis,
  untilReady,
  type LocalRedis,
  type LocalServer,
} from '@soundalike/testkit'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { installBoxModel } from '../src/models/install-box-model.ts'
import { startBlobs, type BlobsIn, type Started } from './blobs.ts'
import { makeLibrary, type Library } from './library.ts'
import type { Proxy } from './proxy.ts'
import { startQdrantIfAny } from './qdrant.ts'
import { services, startWorker, type ServiceName, type Worker } from './worker.ts'

/** A whole installation on this machine: real servers, and every service as processes of its own. */
export interface Cluster {
  readonly folder: string
  readonly library: Library
  /** Id of the library in the catalog. */
  readonly source: string
  readonly fingerprints: StageFingerprints
  /** This process's own way to the stores, around every proxy. */
  readonly stores: Stores
  readonly redis: LocalRedis
  readonly postgres: LocalServer
  /** Before the S3 server; null where blobs are in a folder. */
  readonly s3: Proxy | null
  /** Before Qdrant; null where vectors are in the database. */
  readonly qdrant: Proxy | null
  /** Folder of the blobs, on a small disk of its own; null where they are in S3 or there can be no such disk. */
  readonly blobFolder: string | null
  readonly workers: readonly Worker[]
  /** Processes of one service. */
  workersOf(service: ServiceName): readonly Worker[]
  /** Waits until every process answers that it is ready. */
  untilUp(): Promise<void>
  /** Runs `soundalike retry` for one code, as an operator would. @returns how many tracks' stages it is about */
  retry(code: FailureCode): Promise<number>
  /** Calls back with every warning that a process logs, until the function returned is called. */
  onWarning(listener: (text: string) => void): () => void
  stop(): Promise<void>
}

const START_MS = 120_000
const STOP_MS = 30_000
const quiet = createLog('chaos', { LOG_LEVEL: 'silent' })
const SOUNDALIKE = fileURLToPath(new URL('../src/main.ts', import.meta.url))

const REPLICAS: Record<ServiceName, number> = {
  scraper: 2,
  transcoder: 2,
  spectrogram: 2,
  embedder: 2,
  trainer: 1,
  gateway: 1,
}

/**
 * Starts an installation with an empty library and the model in the box.
 *
 * @param shutdown - is given all that is to be undone, so that starting can be cut short
 * @throws NoServerError naming the server that cannot be had here
 */
export const startCluster = async (
  blobsIn: BlobsIn,
  shutdown: Shutdown = createShutdown(quiet, STOP_MS),
): Promise<Cluster> => {
  try {
    return await build(blobsIn, shutdown)
  } catch (error) {
    await shutdown.run()
    throw error
  }
}

const build = async (blobsIn: BlobsIn, shutdown: Shutdown): Promise<Cluster> => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'soundalike-chaos-')))
  shutdown.add('folder', () => rm(folder, { recursive: true, force: true }))
  const started: Started = (name, part) => {
    shutdown.add(name, () => part.stop())
    return part
  }
  const appendOnly = ['--save', '', '--appendonly', 'yes', '--maxmemory-policy', 'noeviction']
  const redis = started('redis', await runRedis(appendOnly))
  const postgres = started('postgres', await runPostgres())
  const blobs = await startBlobs(blobsIn, folder, started)
  const qdrant = await startQdrantIfAny(started)
  const temporary = join(folder, 'tmp')
  await mkdir(temporary)
  const library = await makeLibrary(join(folder, 'music'))

  const settings = {
    DATA_DIR: join(folder, 'data'),
    DATABASE_URL: postgres.url,
    DATABASE_POOL_SIZE: '4',
    QUEUE_URL: redis.url,
    MUSIC_PATH: library.manifest,
    CONCURRENCY: '2',
    CPU_THREADS: '1',
    RECONCILE_INTERVAL_SECONDS: '1',
    PORT: '0',
  }
  const own = { BLOBS_URL: blobs.url, ...(qdrant && { VECTORS_URL: qdrant.url }) }
  const config = readConfig({ ...settings, ...own }, {})
  const stores = await openStores({
    config,
    log: quiet,
    metrics: createMetrics('chaos'),
    onStop: (name, stop) => shutdown.add(name, stop),
  })
  const fingerprints = fingerprintsOf(presetNamed(config.PRESET))
  if ((await installBoxModel(stores, fingerprints.spectrogram)) === null)
    throw new Error('there is no model in the box for this preset')

  const environment = {
    PATH: process.env['PATH'],
    TMPDIR: temporary,
    ...settings,
    ...blobs.environment,
    BLOBS_URL: blobs.proxiedUrl,
    ...(qdrant && { VECTORS_URL: qdrant.proxy.url }),
  }
  const listeners = new Set<(text: string) => void>()
  const workers = startWorkers(environment, (text) =>
    listeners.forEach((listener) => listener(text)),
  )
  shutdown.add('workers', async () => {
    await Promise.all(workers.map((worker) => worker.stop()))
  })
  const untilUp = async (): Promise<void> => {
    await untilReady('every process', () => Promise.all(workers.map(answers)), START_MS)
  }
  await untilUp()

  return {
    folder,
    library,
    source: sourceId('manifest', library.manifest),
    fingerprints,
    stores,
    redis,
    postgres,
    s3: blobs.proxy,
    qdrant: qdrant?.proxy ?? null,
    blobFolder: blobs.folder,
    workers,
    workersOf: (service) => workers.filter((worker) => worker.service === service),
    retry: async (code) => {
      const words = [SOUNDALIKE, 'retry', '--code', code]
      const { stdout } = await promisify(execFile)(process.execPath, words, { env: environment })
      return Number(stdout)
    },
    untilUp,
    onWarning: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    stop: () => shutdown.run(),
  }
}

const startWorkers = (
  environment: Readonly<Record<string, string | undefined>>,
  onWarning: (text: string) => void,
): Worker[] =>
  services.flatMap((service) =>
    Array.from({ length: REPLICAS[service] }, () =>
      startWorker(service, environment, (text) => onWarning(`${service}: ${text}`)),
    ),
  )

const answers = async (worker: Worker): Promise<void> => {
  const url = worker.url()
  if (url === null) throw new Error(`the ${worker.service} has not started`)
  const { ok, status } = await fetch(`${url}/health/ready`)
  if (!ok) throw new Error(`the ${worker.service} answers ${String(status)}`)
}
