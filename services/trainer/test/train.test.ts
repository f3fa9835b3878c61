import { create } from '@bufbuild/protobuf'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openBlobs, type BlobStore } from '@soundalike/blobs'
import { openCatalog, type Catalog, type Lease } from '@soundalike/catalog'
import {
  Failure,
  keys,
  sourceId,
  trackId,
  TrackSchema,
  TrainJobSchema,
} from '@soundalike/contracts'
import { openDatabase, type Database } from '@soundalike/database'
import { createLog } from '@soundalike/runtime'
import { openVectors, type VectorStore } from '@soundalike/vectors'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createTrainHandler } from '../src/train.ts'

const BANDS = 128
const COLUMNS = 512
const fingerprint = 'f1'
const source = sourceId('folder', 'test')
const ids = Array.from({ length: 12 }, (_, n) => trackId(source, String(n)))
let folder: string
let database: Database
let catalog: Catalog
let vectors: VectorStore
let blobs: BlobStore
let compared = 0

/** Stripes that are closer together from track to track. */
const stripes = (n: number): Uint8Array =>
  Uint8Array.from({ length: BANDS * COLUMNS }, (_, i) =>
    Math.round(127 + 127 * Math.sin((i % COLUMNS) / (n + 2) + Math.floor(i / COLUMNS) / 9)),
  )

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'soundalike-train-'))
  database = await openDatabase('pglite:memory')
  catalog = await openCatalog(database)
  vectors = await openVectors('database:', database)
  blobs = await openBlobs(pathToFileURL(folder).href)
  const tracks = ids.map((id, n) =>
    create(TrackSchema, {
      id,
      source,
      sourceTrackId: String(n),
      artist: `artist ${String(n % 4)}`,
      licence: n % 2 === 0 ? 'CC0-1.0' : '',
      trainAllowed: true,
    }),
  )
  await catalog.upsertTracks(tracks)
  for (const [n, id] of ids.entries()) {
    await blobs.put(keys.mel(fingerprint, id), stripes(n))
    await catalog.recordDone({ trackId: id, stage: 'spectrogram', fingerprint, seconds: 0 })
  }
})
afterAll(async () => {
  await vectors.close()
  await database.close()
  await rm(folder, { recursive: true, force: true })
})

interface Attempt {
  readonly budgetSeconds?: number
  readonly signal?: AbortSignal
  onEpoch?(epoch: number): void
}

/** One attempt at a run, by a trainer of its own. */
const train = async (runId: string, attempt: Attempt = {}): Promise<void> => {
  const handler = createTrainHandler({
    catalog,
    blobs,
    vectors,
    reconciler: {
      run: () => {
        compared += 1
        return Promise.reject(new Error('the queue is away'))
      },
    },
    preset: 'seed-v1',
    maxTracks: 100,
    threads: 1,
    cache: { folder: join(folder, 'cache'), maxBytes: 2 ** 20 },
  })
  await handler({
    payload: create(TrainJobSchema, {
      runId,
      fingerprint,
      architecture: 'two-axis-light',
      seed: 1,
      budgetSeconds: attempt.budgetSeconds ?? 2,
    }),
    attempt: 1,
    signal: attempt.signal ?? new AbortController().signal,
    log: createLog('test', { LOG_LEVEL: 'silent' }),
    progress: (_fraction, detail) => {
      if (detail !== undefined && 'epoch' in detail) attempt.onEpoch?.(Number(detail.epoch))
      return Promise.resolve()
    },
  })
}

const blobsOf = async (runId: string): Promise<string[]> =>
  Array.fromAsync(blobs.list(keys.trainingRun(runId)), ({ key }) => key)

describe('train', () => {
  it('keeps a whole model beside the live one, and does not train again for the same run', async () => {
    await train('run-1')
    const [model, ...others] = await catalog.models()
    expect(others).toEqual([])
    expect(model).toMatchObject({ status: 'filling', manifest: { runId: 'run-1', fingerprint } })
    expect(model?.manifest.trainingSet?.licences).toEqual({ 'CC0-1.0': 6, 'not stated': 6 })
    expect(model?.manifest.codeVersion).toMatch(/^\d+\.\d+\.\d+/)
    const id = model?.manifest.id ?? ''
    expect(await blobs.has(keys.model(id, 'manifest.json'))).toBe(true)
    expect(await blobs.has(keys.model(id, 'curve.png'))).toBe(true)
    expect(await blobsOf('run-1')).toEqual([])
    expect(await vectors.spaces()).toMatchObject([{ space: id, size: 256 }])

    await blobs.put(
      keys.checkpoint('run-1', 1),
      Buffer.from('left by an attempt that died at its end'),
    )
    await train('run-1')
    expect(await blobsOf('run-1')).toEqual([])
    expect(await catalog.models()).toHaveLength(1)
    expect(compared).toBe(2)
  })

  it('goes on from the last checkpoint in another process, with the tracks it began with', async () => {
    const eviction = new AbortController()
    const cutOff = train('run-evicted', {
      budgetSeconds: 600,
      signal: eviction.signal,
      onEpoch: (epoch) => {
        // The checkpoint of the epoch before is there: they are kept one after the other.
        if (epoch === 3) eviction.abort(new Failure('unavailable', 'the node goes away'))
      },
    })
    await expect(cutOff).rejects.toMatchObject({ code: 'unavailable' })
    expect(await blobsOf('run-evicted')).toHaveLength(2)

    const added = trackId(source, 'added meanwhile')
    await catalog.upsertTracks([
      create(TrackSchema, { id: added, source, sourceTrackId: 'added', trainAllowed: true }),
    ])
    await blobs.put(keys.mel(fingerprint, added), stripes(20))
    await catalog.recordDone({ trackId: added, stage: 'spectrogram', fingerprint, seconds: 0 })

    const epochs: number[] = []
    const ending = new AbortController()
    const resumed = train('run-evicted', {
      budgetSeconds: 600,
      signal: ending.signal,
      onEpoch: (epoch) => {
        epochs.push(epoch)
        ending.abort(new Failure('unavailable', 'enough is known'))
      },
    })
    await expect(resumed).rejects.toMatchObject({ code: 'unavailable' })
    expect(epochs[0]).toBeGreaterThan(1)
    await catalog.forgetDone({ trackId: added, stage: 'spectrogram', fingerprint })
  })

  it('waits for another training to end, and stops when somebody else takes over', async () => {
    const lease = await catalog.takeLease('train', 60)
    if (lease === null) throw new Error('the lease is taken')
    const waiting = new AbortController()
    const kept = train('run-waiting', { signal: waiting.signal })
    waiting.abort(new Failure('unavailable', 'the worker is stopping'))
    await expect(kept).rejects.toThrow()
    expect(await blobsOf('run-waiting')).toEqual([])
    await catalog.endLease(lease)

    const next: (Lease | null)[] = []
    const overtaken = train('run-overtaken', {
      onEpoch: () => {
        // As if this trainer had stood still until its lease was over.
        void database.pool
          .query('update soundalike.leases set expires_at = now()')
          .then(async () => next.push(await catalog.takeLease('train', 60)))
      },
    })
    await expect(overtaken).rejects.toMatchObject({ code: 'unavailable' })
    const runs = (await catalog.models()).map(({ manifest }) => manifest.runId)
    expect(runs).not.toContain('run-overtaken')
    for (const taken of next) if (taken !== null) await catalog.endLease(taken)
  })

  it('has a lost mel image made again and is tried again itself', async () => {
    const [lost = ''] = ids
    await blobs.delete(keys.mel(fingerprint, lost))
    await expect(train('run-2')).rejects.toMatchObject({ code: 'unavailable' })
    expect(await catalog.stageState(lost, 'spectrogram', fingerprint)).toBeNull()
  })
})
