import { create } from '@bufbuild/protobuf'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openBlobs, type BlobStore } from '@soundalike/blobs'
import { openCatalog, type Catalog } from '@soundalike/catalog'
import { EmbedJobSchema, keys, sourceId, trackId, TrackSchema } from '@soundalike/contracts'
import { openDatabase, type Database } from '@soundalike/database'
import { bundleFiles, trainModel } from '@soundalike/model'
import { createLog } from '@soundalike/runtime'
import { openVectors, type VectorStore } from '@soundalike/vectors'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createEmbedHandler } from '../src/embed.ts'
import { createEncoders, type Encoders } from '../src/encoders.ts'

const fingerprint = 'f1'
const source = sourceId('folder', 'test')
const ids = Array.from({ length: 6 }, (_, n) => trackId(source, String(n)))
const modelIds: string[] = []
let folder: string
let database: Database
let catalog: Catalog
let vectors: VectorStore
let blobs: BlobStore
let encoders: Encoders

const image = (n: number): Uint8Array =>
  Uint8Array.from({ length: 128 * 512 }, (_, i) => Math.round(127 + 127 * Math.sin(i / (n + 2))))

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'soundalike-embed-'))
  database = await openDatabase('pglite:memory')
  catalog = await openCatalog(database)
  vectors = await openVectors('database:', database)
  blobs = await openBlobs(pathToFileURL(folder).href)
  encoders = createEncoders({ catalog, blobs, fingerprint, threads: 1 })
  await catalog.upsertTracks(
    ids.map((id, n) => create(TrackSchema, { id, source, sourceTrackId: String(n) })),
  )
  for (const [n, id] of ids.entries()) await blobs.put(keys.mel(fingerprint, id), image(n))
  for (const seed of [1, 2, 3]) {
    const bundle = await trainModel({
      images: { count: ids.length, artist: String, load: image },
      preset: { name: 'seed-v1', fingerprint },
      architecture: 'two-axis-light',
      seed,
      budgetSeconds: 60,
      maxSteps: 1,
      threads: 1,
    })
    const { id, vectorSize } = bundle.manifest
    for (const [file, bytes] of Object.entries(bundleFiles(bundle))) {
      await blobs.put(keys.model(id, file), bytes)
    }
    await catalog.addModel(bundle.manifest, 'filling')
    await vectors.createSpace(id, vectorSize)
    modelIds.push(id)
  }
}, 120_000)
afterAll(async () => {
  await encoders.close()
  await vectors.close()
  await database.close()
  await rm(folder, { recursive: true, force: true })
})

const embed = async (id: string, modelId: string): Promise<void> => {
  const handler = createEmbedHandler({
    catalog,
    blobs,
    vectors,
    encoders,
    melFingerprint: fingerprint,
  })
  await handler({
    payload: create(EmbedJobSchema, { trackId: id, modelId }),
    attempt: 1,
    signal: new AbortController().signal,
    log: createLog('test', { LOG_LEVEL: 'silent' }),
    progress: () => Promise.resolve(),
  })
}

describe('embed', () => {
  it('fills the spaces of more models than are kept open, all at once', async () => {
    await Promise.all(ids.flatMap((id) => modelIds.map((modelId) => embed(id, modelId))))
    for (const modelId of modelIds) expect(await vectors.count(modelId)).toBe(ids.length)
    const [first = '', second = ''] = modelIds
    expect(await vectors.get(first, ids[0] ?? '')).not.toEqual(
      await vectors.get(second, ids[0] ?? ''),
    )
  })

  it('names what is missing', async () => {
    await expect(embed(trackId(source, 'other'), modelIds[0] ?? '')).rejects.toMatchObject({
      code: 'unknown-track',
    })
    await expect(embed(ids[0] ?? '', 'no-such-model')).rejects.toMatchObject({
      code: 'unknown-model',
    })
    await blobs.delete(keys.mel(fingerprint, ids[0] ?? ''))
    await expect(embed(ids[0] ?? '', modelIds[0] ?? '')).rejects.toMatchObject({
      code: 'missing-input',
    })
  })

  it('says that a model is gone, whatever of it is gone already', async () => {
    const [leaving = ''] = modelIds
    await catalog.beginRemoval(leaving)
    await vectors.dropSpace(leaving)
    await expect(embed(ids[1] ?? '', leaving)).rejects.toMatchObject({ code: 'unknown-model' })
    await catalog.removeModel(leaving)
    await expect(embed(ids[1] ?? '', leaving)).rejects.toMatchObject({ code: 'unknown-model' })
  })
})
