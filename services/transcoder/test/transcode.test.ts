import { create } from '@bufbuild/protobuf'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  createAudioPool,
  defaultLimits,
  fingerprintsOf,
  presetNamed,
  type AudioPool,
} from '@soundalike/audio'
import { openBlobs, type BlobStore } from '@soundalike/blobs'
import { openCatalog, type Catalog } from '@soundalike/catalog'
import { keys, TranscodeJobSchema, type Track } from '@soundalike/contracts'
import { openDatabase, type Database } from '@soundalike/database'
import { createLog } from '@soundalike/runtime'
import {
  createFolderSource,
  openPreviewFiles,
  type PreviewFiles,
  type Source,
} from '@soundalike/sources'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createTranscodeHandler } from '../src/transcode.ts'
import { SECONDS, toneWav } from './tone.ts'

const preset = presetNamed('seed-v1')
const fingerprints = fingerprintsOf(preset)
const signal = new AbortController().signal
let folder: string
let source: Source
let previewFiles: PreviewFiles
let tracks: Map<string, Track>
let database: Database
let catalog: Catalog
let blobs: BlobStore
let audio: AudioPool

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'soundalike-transcode-'))
  await mkdir(join(folder, 'music'))
  await writeFile(join(folder, 'music', 'tone.wav'), toneWav())
  await writeFile(join(folder, 'music', 'page.mp3'), '<html>403</html>')
  source = await createFolderSource(join(folder, 'music'))
  const { maxBytes: MAX_PREVIEW_BYTES } = defaultLimits
  previewFiles = await openPreviewFiles({ DATA_DIR: folder, MAX_PREVIEW_BYTES })
  const [page] = await Array.fromAsync(source.walk(null, signal))
  tracks = new Map(page?.tracks.map((track) => [track.locator, track]))
  database = await openDatabase('pglite:memory')
  catalog = await openCatalog(database)
  await catalog.upsertTracks([...tracks.values()])
  blobs = await openBlobs(pathToFileURL(join(folder, 'blobs')).href)
  audio = createAudioPool({ threads: 1 })
})
afterAll(async () => {
  await audio.close()
  await database.close()
  await rm(folder, { recursive: true, force: true })
})

const transcode = (trackId: string, withSource = true) =>
  createTranscodeHandler({
    sources: new Map(withSource ? [[source.id, source]] : []),
    previewFiles,
    catalog,
    blobs,
    audio,
    preset,
    melFingerprint: fingerprints.spectrogram,
    limits: defaultLimits,
  })({
    payload: create(TranscodeJobSchema, {
      trackId,
      source: source.id,
      fingerprint: fingerprints.transcode,
    }),
    attempt: 1,
    signal,
    log: createLog('test', { LOG_LEVEL: 'silent' }),
    progress: () => Promise.resolve(),
  })

const idOf = (locator: string): string => tracks.get(locator)?.id ?? ''

describe('transcode', () => {
  it('stores mono PCM at the rate of the preset and asks for its mel image', async () => {
    const trackId = idOf('tone.wav')
    expect(await transcode(trackId)).toEqual([
      { stage: 'spectrogram', payload: { trackId, fingerprint: fingerprints.spectrogram } },
    ])
    const pcm = await blobs.get(keys.pcm(fingerprints.transcode, trackId))
    const samples = (pcm?.byteLength ?? 0) / 2
    expect(Math.abs(samples / preset.pcm.sampleRateHz - SECONDS)).toBeLessThan(0.1)
  })

  it('names what is wrong', async () => {
    await expect(transcode(idOf('page.mp3'))).rejects.toMatchObject({ code: 'not-audio' })
    await expect(transcode('t000000000000000000000000')).rejects.toMatchObject({
      code: 'unknown-track',
    })
    await expect(transcode(idOf('tone.wav'), false)).rejects.toMatchObject({ code: 'unavailable' })
    await rm(join(folder, 'music', 'tone.wav'))
    await expect(transcode(idOf('tone.wav'))).rejects.toMatchObject({ code: 'no-preview' })
  })
})
