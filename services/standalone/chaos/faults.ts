import { keys, type StageName } from '@soundalike/contracts'
import { createReconciler } from '@soundalike/pipeline'
import { createLog } from '@soundalike/runtime'
import { untilReady } from '@soundalike/testkit'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BlobsIn, Cluster } from './cluster.ts'
import type { Weather } from './proxy.ts'
import { jobsDone } from './jobs-done.ts'
import { untilSettled } from './settle.ts'
import { fillDisk } from './small-disk.ts'
import type { ServiceName } from './worker.ts'

/** How hard to try. */
export interface Scale {
  /** That each fault meets. */
  readonly tracks: number
  readonly randomKills: number
  readonly outageMs: number
  readonly vectorOutageMs: number
  readonly trainSeconds: number
  /** Longest wait for everything to be at rest after a fault. */
  readonly settleMs: number
}

/** What a fault strikes, with tracks on their way. */
export interface Scene {
  readonly cluster: Cluster
  readonly scale: Scale
  /** Sends more tracks on their way. */
  feed(): Promise<void>
}

export interface Fault {
  readonly name: string
  /** Stage it is aimed at. */
  readonly stage: StageName | 'all'
  readonly blobsIn: BlobsIn
  /** Whether the installation has to say that something is wrong. */
  readonly heard: boolean
  /** Why it cannot be had on this cluster; null where it can. */
  readonly missing?: (cluster: Cluster) => string | null
  /**
   * Feeds the scene and strikes; the fault is over when it returns.
   *
   * @returns what is worth knowing
   */
  readonly strike: (scene: Scene) => Promise<string[]>
}

const SHORT_MS = 120_000
const TRIES = 5

const activeJobs = async ({ stores }: Cluster, stage: StageName): Promise<number> =>
  (await stores.pipeline.counts(stage)).active

/** Comes the moment a worker has a job of the stage in hand. */
const untilActive = async (cluster: Cluster, stage: StageName): Promise<void> => {
  const deadline = performance.now() + SHORT_MS
  while ((await activeJobs(cluster, stage)) === 0)
    if (performance.now() > deadline) throw new Error(`no ${stage} job was ever in hand`)
}

const kill = (stage: StageName, service: ServiceName): Fault => ({
  name: 'kill -9 of every worker',
  stage,
  blobsIn: 'folder',
  heard: true,
  strike: async ({ cluster, feed }) => {
    for (let tries = 0; tries < TRIES; tries++) {
      await feed()
      await untilActive(cluster, stage)
      await Promise.all(cluster.workersOf(service).map((worker) => worker.kill()))
      // With no worker left, what is in hand was in the hands of the dead.
      const orphaned = await activeJobs(cluster, stage)
      if (orphaned > 0) return [`${String(orphaned)} jobs in hand`]
    }
    throw new Error(`${stage} was never struck in the middle`)
  },
})

const killTrainer: Fault = {
  name: 'kill -9 of every worker',
  stage: 'train',
  blobsIn: 'folder',
  heard: true,
  strike: async ({ cluster, scale, feed }) => {
    await feed()
    await untilSettled(cluster, scale.settleMs)
    const { pipeline, catalog, blobs } = cluster.stores
    const runId = `chaos-${String(Date.now())}`
    await pipeline.enqueue('train', [
      {
        runId,
        fingerprint: cluster.fingerprints.spectrogram,
        architecture: 'two-axis-light',
        seed: 1,
        budgetSeconds: scale.trainSeconds,
      },
    ])
    const checkpoint = async () => {
      if ((await Array.fromAsync(blobs.list(keys.trainingRun(runId)))).length < 2)
        throw new Error('no checkpoint yet')
    }
    await untilReady('a checkpoint', checkpoint, SHORT_MS)
    await Promise.all(cluster.workersOf('trainer').map((worker) => worker.kill()))
    const live = async () => {
      if ((await catalog.liveModel())?.manifest.runId !== runId) throw new Error('not live')
    }
    await untilReady('the model of the run that was cut off', live, scale.settleMs)
    return ['resumed from its checkpoint, and its model went live']
  },
}

const killAtRandom: Fault = {
  name: 'kill -9 at random',
  stage: 'all',
  blobsIn: 'folder',
  heard: true,
  strike: async ({ cluster, scale, feed }) => {
    const killed = new Map<string, number>()
    for (let n = 0; n < scale.randomKills; n++) {
      if (n % 4 === 0) await feed()
      await sleep(500 + Math.random() * 2_500)
      const worker = cluster.workers[Math.floor(Math.random() * cluster.workers.length)]
      await worker?.kill()
      const name = worker?.service ?? ''
      killed.set(name, (killed.get(name) ?? 0) + 1)
    }
    return [[...killed].map(([name, times]) => `${name} ${String(times)}×`).join(', ')]
  },
}

const redisAway: Fault = {
  name: 'Redis stopped and started',
  stage: 'all',
  blobsIn: 'folder',
  heard: true,
  strike: async ({ cluster, scale, feed }) => {
    await feed()
    await untilActive(cluster, 'transcode')
    await cluster.redis.halt()
    await sleep(scale.outageMs)
    await cluster.redis.resume()
    return [`away for ${String(scale.outageMs / 1000)} s`]
  },
}

const redisEmptied: Fault = {
  name: 'Redis restarted empty',
  stage: 'all',
  blobsIn: 'folder',
  heard: true,
  strike: async ({ cluster, feed }) => {
    await feed()
    await untilActive(cluster, 'transcode')
    await cluster.redis.halt()
    await rm(join(cluster.redis.folder, 'appendonlydir'), { recursive: true })
    await cluster.redis.resume()
    return []
  },
}

const postgresRestarted: Fault = {
  name: 'PostgreSQL restarted',
  stage: 'all',
  blobsIn: 'folder',
  heard: true,
  strike: async ({ cluster, feed }) => {
    await feed()
    await untilActive(cluster, 'spectrogram')
    await cluster.postgres.halt()
    await cluster.postgres.resume()
    return []
  },
}

const vectorsAway: Fault = {
  name: 'vector store down',
  stage: 'embed',
  blobsIn: 'folder',
  heard: true,
  strike: async ({ cluster, scale, feed }) => {
    await feed()
    await untilActive(cluster, 'embed')
    const { qdrant, postgres } = cluster
    if (qdrant === null) await postgres.halt()
    else qdrant.setWeather('cut')
    await sleep(scale.vectorOutageMs)
    if (qdrant === null) await postgres.resume()
    else qdrant.setWeather('fair')
    const where = qdrant === null ? 'vectors are in PostgreSQL, no Qdrant to be had' : 'Qdrant'
    return [`${where}; away for ${String(scale.vectorOutageMs / 1000)} s`]
  },
}

const badWeather = (name: string, weather: Weather): Fault => ({
  name,
  stage: 'all',
  blobsIn: 's3',
  heard: weather === 'refuse',
  strike: async ({ cluster, scale, feed }) => {
    await feed()
    await untilActive(cluster, 'transcode')
    cluster.s3?.setWeather(weather)
    await sleep(scale.outageMs)
    cluster.s3?.setWeather('fair')
    return [`for ${String(scale.outageMs / 1000)} s`]
  },
})

const diskFull: Fault = {
  name: 'disk full in the blob folder',
  stage: 'transcode',
  blobsIn: 'folder',
  heard: true,
  missing: ({ blobFolder }) =>
    blobFolder === null ? 'this process may not mount a small disk for the blobs' : null,
  strike: async ({ cluster, scale, feed }) => {
    const makeRoom = await fillDisk(cluster.blobFolder ?? '')
    await feed()
    await sleep(scale.outageMs)
    await makeRoom()
    return [`for ${String(scale.outageMs / 1000)} s`]
  },
}

const manyReconcilers: Fault = {
  name: 'two reconcilers at once',
  stage: 'all',
  blobsIn: 'folder',
  heard: false,
  strike: async ({ cluster, scale, feed }) => {
    const log = createLog('chaos', { LOG_LEVEL: 'silent' })
    const { stores, fingerprints, library } = cluster
    const reconcilers = [1, 2].map(() => createReconciler({ ...stores, fingerprints, log }))
    const [before, tracks] = [await jobsDone(cluster), library.good.length]
    await feed()
    let [settled, rounds] = [false, 0]
    const settling = untilSettled(cluster, scale.settleMs).finally(() => (settled = true))
    for (; !settled; rounds++) await Promise.all(reconcilers.map((one) => one.run()))
    await settling
    const added = library.good.length - tracks
    for (const [stage, done] of await jobsDone(cluster)) {
      const again = done - (before.get(stage) ?? 0) - added
      if (again > 0) throw new Error(`${String(again)} tracks went through ${stage} twice`)
    }
    return [`beside the two of the scrapers, two that compared ${String(rounds)} times each`]
  },
}

/** Longer than a job stays with a worker that shows no sign of life. */
const FREEZE_MS = 45_000
const THAW_MS = 5_000

const frozen: Fault = {
  name: 'processes frozen and thawed',
  stage: 'all',
  blobsIn: 'folder',
  heard: true,
  strike: async ({ cluster, feed }) => {
    await feed()
    await untilActive(cluster, 'transcode')
    const one = (service: ServiceName) => cluster.workersOf(service).slice(0, 1)
    const victims = [
      ...one('scraper'),
      ...one('transcoder'),
      ...one('spectrogram'),
      ...one('embedder'),
    ]
    await Promise.all(victims.map((worker) => worker.freeze(FREEZE_MS)))
    // Nobody knows of what they had in hand; they go on with it all the same.
    await sleep(THAW_MS)
    return [`one of each for ${String(FREEZE_MS / 1000)} s, while others took their jobs over`]
  },
}

const JUMP_MS = 2 * 3_600_000

const clockJumps: Fault = {
  name: 'clock jumps',
  stage: 'all',
  blobsIn: 'folder',
  heard: false,
  strike: async ({ cluster, feed }) => {
    const setClocks = (offsets: readonly number[]): void =>
      cluster.workers.forEach((worker, place) =>
        worker.setClock(offsets[place % offsets.length] ?? 0),
      )
    await feed()
    await untilActive(cluster, 'transcode')
    setClocks([JUMP_MS, 0])
    await sleep(2_000)
    setClocks([-JUMP_MS, JUMP_MS])
    await sleep(2_000)
    setClocks([0])
    return ['every other process two hours ahead, then two hours behind']
  },
}

/** All there are, in the order in which they are tried. */
export const faults: readonly Fault[] = [
  manyReconcilers,
  clockJumps,
  kill('scrape', 'scraper'),
  kill('transcode', 'transcoder'),
  kill('spectrogram', 'spectrogram'),
  kill('embed', 'embedder'),
  killAtRandom,
  killTrainer,
  frozen,
  redisAway,
  redisEmptied,
  postgresRestarted,
  vectorsAway,
  diskFull,
  badWeather('S3 answers 503', 'refuse'),
  badWeather('S3 is slow', { delayMs: 2_000 }),
]
