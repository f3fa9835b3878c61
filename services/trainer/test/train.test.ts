import { create } from '@bufbuild/protobuf'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openBlobs, type BlobStore } from '@soundalike/blobs'
import { openCatalog, type Catalog } from '@soundalike/catalog'
import { keys, sourceId, trackId, TrackSchema, TrainJobSchema } from '@soundalike/contracts'
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

const train = async (runId: string): Promise<void> => {
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
  })
  await handler({
    payload: create(TrainJobSchema, {
      runId,
      fingerprint,
      architecture: 'two-axis-light',
      seed: 1,
      budgetSeconds: 2,
    }),
    attempt: 1,
    signal: new AbortController().signal,
    log: createLog('test', { LOG_LEVEL: 'silent' }),
    progress: () => Promise.resolve(),
  })
}

describe('train', () => {
  it('keeps a whole model beside the live one, and does not train again for the same run', async () => {
    await train('run-1')
    const [model, ...others] = await catalog.models()
    expect(others).toEqual([])
    expect(model).toMatchObject({ status: 'filling', manifest: { runId: 'run-1', fingerprint } })
    expect(model?.manifest.trainingSet?.licences).toEqual({ 'CC0-1.0': 6, 'not stated': 6 })
    const id = model?.manifest.id ?? ''
    expect(await blobs.has(keys.model(id, 'manifest.json'))).toBe(true)
    expect(await blobs.has(keys.model(id, 'curve.png'))).toBe(true)
    expect(await blobs.has(keys.checkpoint('run-1'))).toBe(false)
    expect(await vectors.spaces()).toMatchObject([{ space: id, size: 256 }])

    await train('run-1')
    expect(await catalog.models()).toHaveLength(1)
    expect(compared).toBe(2)
  })

  it('has a lost mel image made again and is tried again itself', async () => {
    const [lost = ''] = ids
    await blobs.delete(keys.mel(fingerprint, lost))
    await expect(train('run-2')).rejects.toMatchObject({ code: 'unavailable' })
    expect(await catalog.stageState(lost, 'spectrogram', fingerprint)).toBeNull()
  })
})
