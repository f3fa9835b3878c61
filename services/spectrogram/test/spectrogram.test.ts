import { create } from '@bufbuild/protobuf'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createAudioPool, fingerprintsOf, presetNamed, type AudioPool } from '@soundalike/audio'
import { openBlobs, type BlobStore } from '@soundalike/blobs'
import { openCatalog, type Catalog } from '@soundalike/catalog'
import {
  keys,
  ModelManifestSchema,
  SpectrogramJobSchema,
  TrackSchema,
  trackId,
} from '@soundalike/contracts'
import { openDatabase, type Database } from '@soundalike/database'
import { createLog } from '@soundalike/runtime'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createPcmRemake, createSpectrogramHandler } from '../src/spectrogram.ts'

const preset = presetNamed('seed-v1')
const { transcode: pcmFingerprint, spectrogram: fingerprint } = fingerprintsOf(preset)
const id = trackId('folder-00000000', 'tone')
let folder: string
let database: Database
let catalog: Catalog
let blobs: BlobStore
let audio: AudioPool

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'soundalike-spectrogram-'))
  database = await openDatabase('pglite:memory')
  catalog = await openCatalog(database)
  blobs = await openBlobs(pathToFileURL(folder).href)
  audio = createAudioPool({ threads: 1 })
})
afterAll(async () => {
  await audio.close()
  await database.close()
  await rm(folder, { recursive: true, force: true })
})

const run = () =>
  createSpectrogramHandler({ catalog, blobs, audio, preset, pcmFingerprint })({
    payload: create(SpectrogramJobSchema, { trackId: id, fingerprint }),
    attempt: 1,
    signal: new AbortController().signal,
    log: createLog('test', { LOG_LEVEL: 'silent' }),
    progress: () => Promise.resolve(),
  })

describe('spectrogram', () => {
  it('says when there is no PCM', async () => {
    await expect(run()).rejects.toMatchObject({ code: 'missing-input' })
  })

  it('has PCM that is gone made again from the preview', async () => {
    const remake = createPcmRemake({ catalog, pcmFingerprint })
    const payload = create(SpectrogramJobSchema, { trackId: id, fingerprint })
    expect(await remake(payload)).toBeNull()
    const source = 'folder-00000000'
    await catalog.upsertTracks([create(TrackSchema, { id, source, sourceTrackId: 'tone' })])
    expect(await remake(payload)).toEqual({
      stage: 'transcode',
      payload: { trackId: id, source, fingerprint: pcmFingerprint },
    })
  })

  it('makes the image, deletes the PCM, and shows the image to the models in use', async () => {
    const tone = Int16Array.from(
      { length: preset.pcm.sampleRateHz * preset.pcm.windowSeconds },
      (_, i) => 8_000 * Math.sin((2 * Math.PI * 440 * i) / preset.pcm.sampleRateHz),
    )
    await blobs.put(keys.pcm(pcmFingerprint, id), new Uint8Array(tone.buffer))
    expect(await run()).toEqual([])
    const image = await blobs.get(keys.mel(fingerprint, id))
    expect(image).toHaveLength(preset.mel.bands * preset.mel.columns)
    expect(Math.max(...(image ?? []))).toBe(255)
    expect(await blobs.has(keys.pcm(pcmFingerprint, id))).toBe(false)

    await catalog.addModel(create(ModelManifestSchema, { id: 'm1', fingerprint }), 'filling')
    const other = create(ModelManifestSchema, { id: 'reads-others', fingerprint: 'f'.repeat(16) })
    await catalog.addModel(other, 'filling')
    // A second run, as after a crash between deleting the PCM and recording the stage.
    expect(await run()).toEqual([{ stage: 'embed', payload: { trackId: id, modelId: 'm1' } }])
  })
})
