import { randomUUID } from 'node:crypto'
import { create } from '@bufbuild/protobuf'
import { openCatalog, type Catalog } from '@soundalike/catalog'
import { scrapeFingerprint, TrackSchema, trackId, type StageName } from '@soundalike/contracts'
import { openDatabase, type Database } from '@soundalike/database'
import { createLog, createMetrics, type Log, type Metrics } from '@soundalike/runtime'
import { untilReady } from '@soundalike/testkit'
import { openVectors, type VectorStore } from '@soundalike/vectors'
import {
  createStageRunner,
  openPipeline,
  type Pipeline,
  type StageRunner,
  type StageRunnerOptions,
} from '../src/index.ts'

export const source = 'folder-1f0c9a2b'
export const fingerprints = { transcode: 'pcm-1', spectrogram: 'mel-1' }

export interface Urls {
  readonly databaseUrl: string
  readonly queueUrl: string
}

/** A pipeline and a catalog over real stores, and the runners a test starts on them. */
export interface House {
  readonly database: Database
  readonly catalog: Catalog
  readonly vectors: VectorStore
  readonly log: Log
  readonly pipeline: Pipeline
  readonly metrics: Metrics
  /** A runner with short waits; stopped when the house is closed. */
  run<Stage extends StageName>(
    stage: Stage,
    handler: StageRunnerOptions<Stage>['handler'],
    options?: Partial<StageRunnerOptions<Stage>>,
  ): Promise<StageRunner>
  /** New tracks that were scraped. */
  addTracks(count: number): Promise<string[]>
  stopRunners(): Promise<void>
  close(): Promise<void>
}

const log = createLog('test', { LOG_LEVEL: 'silent' })

export const openHouse = async ({ databaseUrl, queueUrl }: Urls): Promise<House> => {
  const database = await openDatabase(databaseUrl)
  const catalog = await openCatalog(database)
  const vectors = await openVectors('database:', database)
  const metrics = createMetrics('test')
  const pipeline = await openPipeline({ queueUrl, database, log, metrics })
  const runners: StageRunner[] = []

  const stopRunners = async (): Promise<void> => {
    await Promise.all(runners.splice(0).map((runner) => runner.stop({ timeoutMs: 0 })))
  }
  return {
    database,
    catalog,
    vectors,
    log,
    pipeline,
    metrics,
    run: async (stage, handler, options = {}) => {
      const runner = createStageRunner({
        stage,
        handler,
        pipeline,
        catalog,
        log,
        metrics,
        concurrency: 1,
        backoffMs: 20,
        stalledCheckMs: 200,
        ...options,
      })
      runners.push(runner)
      await runner.start()
      return runner
    },
    addTracks: async (count) => {
      const tracks = Array.from({ length: count }, () => {
        const sourceTrackId = randomUUID()
        const id = trackId(source, sourceTrackId)
        return create(TrackSchema, { id, source, sourceTrackId, title: sourceTrackId })
      })
      await catalog.upsertTracks(tracks)
      for (const { id } of tracks) {
        const stage = 'scrape'
        await catalog.recordDone({ trackId: id, stage, fingerprint: scrapeFingerprint, seconds: 0 })
      }
      return tracks.map(({ id }) => id)
    },
    stopRunners,
    close: async () => {
      await stopRunners()
      await pipeline.close()
      await vectors.close()
      await catalog.close()
      await database.close()
    },
  }
}

/** Waits until something holds that a job brings about. */
export const until = (what: string, holds: () => Promise<boolean> | boolean): Promise<void> =>
  untilReady(what, async () => {
    if (!(await holds())) throw new Error('not yet')
  })
