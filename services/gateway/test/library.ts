import { create } from '@bufbuild/protobuf'
import { createAudioPool, fingerprintsOf, presetNamed, type Preset } from '@soundalike/audio'
import { openBlobs } from '@soundalike/blobs'
import { openCatalog } from '@soundalike/catalog'
import { Failure, keys, ModelManifestSchema, type Track } from '@soundalike/contracts'
import { openDatabase } from '@soundalike/database'
import { openPipeline, type Pipeline } from '@soundalike/pipeline'
import { decodeLimitsOf } from '@soundalike/ports'
import { createLog, createMetrics, readConfig } from '@soundalike/runtime'
import { openPreviewFiles, openSources } from '@soundalike/sources'
import { openVectors } from '@soundalike/vectors'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { GatewayPorts } from '../src/ports.ts'
import { sineWav } from './wav.ts'

/** A small library over real stores, analysed up to where each track's name says. */
export interface TestLibrary {
  ports: GatewayPorts & { pipeline: Pipeline }
  /** Twelve tracks that are through every stage, by rising pitch. */
  tones: Track[]
  /** In the catalog, and not analysed yet. */
  waiting: Track
  /** A web page under an audio name; its transcode stage failed. */
  broken: Track
  /** In the catalog, while its file is gone. */
  gone: Track
  close(): Promise<void>
}

const modelId = 'm0123456789ab'
const vectorSize = 256
const titles = ['waiting', 'broken', 'gone'] as const

/** Opens stores in memory and in a folder of their own, and fills them with made-up sound. */
export const openTestLibrary = async (): Promise<TestLibrary> => {
  const folder = await mkdtemp(join(tmpdir(), 'soundalike-gateway-'))
  const source = join(folder, 'music.jsonl')
  await writeMusic(folder, source)

  const database = await openDatabase('pglite:memory')
  const catalog = await openCatalog(database)
  const vectors = await openVectors('database:', database)
  const blobs = await openBlobs(pathToFileURL(join(folder, 'blobs')).href)
  const config = readConfig({ MUSIC_PATH: source, DATA_DIR: folder }, {})
  const sources = await openSources(config)
  const audio = createAudioPool({ threads: 1 })
  const preset = presetNamed('seed-v1')
  const fingerprints = fingerprintsOf(preset)
  const log = createLog('gateway', { LOG_LEVEL: 'silent' })
  const metrics = createMetrics('gateway')
  const pipeline = await openPipeline({ queueUrl: 'database:', database, log, metrics })
  const ports: TestLibrary['ports'] = {
    catalog,
    pipeline,
    vectors,
    blobs,
    sources,
    previewFiles: await openPreviewFiles(config),
    audio,
    decodeLimits: decodeLimitsOf(config),
    preset,
    fingerprints,
    log,
    metrics,
  }

  const tracks = await scrape(ports)
  const tones = tracks.filter(({ album }) => album === 'Tones')
  const [waiting, broken, gone] = titles.map((title) => tracks.find((t) => t.title === title))
  if (!waiting || !broken || !gone) throw new Error('the manifest was not read as written')
  await analyse(ports, tones)
  await catalog.recordFailed({
    trackId: broken.id,
    stage: 'transcode',
    fingerprint: fingerprints.transcode,
    seconds: 0.1,
    failure: new Failure('not-audio', `/home/someone/${broken.locator} is a web page`),
  })

  return {
    ports,
    tones,
    waiting,
    broken,
    gone,
    close: async () => {
      await audio.close()
      await pipeline.close()
      await vectors.close()
      await blobs.close()
      await catalog.close()
      await database.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Titles carry markup, as a stranger's tags may. */
const writeMusic = async (folder: string, manifest: string): Promise<void> => {
  const rows: object[] = titles.map((title) => ({ file: `${title}.wav`, title, album: 'Others' }))
  await writeFile(join(folder, 'waiting.wav'), sineWav(50, 4))
  await writeFile(join(folder, 'broken.wav'), '<!doctype html><script>alert(1)</script>')
  for (let i = 0; i < 12; i++) {
    const hertz = 200 + 100 * i
    const file = `tone-${String(hertz)}.wav`
    await writeFile(join(folder, file), sineWav(hertz, 4))
    rows.push({
      file,
      title: `Tone <b>${String(hertz)}</b>`,
      artist: 'Ada & the Sines',
      album: 'Tones',
      duration_s: 4,
      licence: 'CC0-1.0',
      attribution: 'made for this test',
    })
  }
  await writeFile(manifest, rows.map((row) => JSON.stringify(row)).join('\n'))
}

const scrape = async ({ sources, catalog, fingerprints }: GatewayPorts): Promise<Track[]> => {
  const tracks: Track[] = []
  for (const source of sources.values()) {
    for await (const page of source.walk(null, new AbortController().signal)) {
      await catalog.upsertTracks(page.tracks)
      tracks.push(...page.tracks)
    }
  }
  for (const { id: trackId } of tracks) {
    await catalog.recordDone({
      trackId,
      stage: 'scrape',
      fingerprint: fingerprints.scrape,
      seconds: 0,
    })
  }
  return tracks
}

/** Mel image and vector of each tone, in a live space. Neighbouring pitches get neighbouring vectors. */
const analyse = async (ports: GatewayPorts, tones: readonly Track[]): Promise<void> => {
  const { catalog, blobs, vectors, preset, fingerprints } = ports
  await vectors.createSpace(modelId, vectorSize)
  await catalog.addModel(
    create(ModelManifestSchema, {
      id: modelId,
      architecture: 'two-axis',
      preset: preset.name,
      fingerprint: fingerprints.spectrogram,
      vectorSize,
      createdAt: '2026-01-01T00:00:00.000Z',
    }),
    'filling',
  )
  for (const [index, { id: trackId, source, artist, album }] of tones.entries()) {
    await blobs.put(keys.mel(fingerprints.spectrogram, trackId), bandImage(preset, 10 + 5 * index))
    await vectors.upsert(modelId, [
      { trackId, vector: hump(index), payload: { source, artist, album } },
    ])
    for (const [stage, fingerprint] of [
      ['transcode', fingerprints.transcode],
      ['spectrogram', fingerprints.spectrogram],
      ['embed', modelId],
    ] as const) {
      await catalog.recordDone({ trackId, stage, fingerprint, seconds: 0.1 })
    }
  }
  await vectors.setLive(modelId)
  await catalog.setLiveModel(modelId)
}

/** Mel image of a steady tone: one loud band that fades to its neighbours. */
const bandImage = ({ mel: { bands, columns } }: Preset, loudBand: number): Uint8Array => {
  const image = new Uint8Array(bands * columns)
  for (let band = 0; band < bands; band++) {
    const level = Math.max(0, 255 - 40 * Math.abs(band - loudBand))
    image.fill(level, band * columns, (band + 1) * columns)
  }
  return image
}

/**
 * A vector whose cosine with another falls with the distance of their positions. Positions grow apart,
 * since tracks of the very same similarities would count as copies.
 */
const hump = (index: number): Float32Array =>
  Float32Array.from({ length: vectorSize }, (_, i) => {
    const width = i < vectorSize / 2 ? 20 : 40
    return Math.exp(-(((i % 128) - 5 * index ** 1.2) ** 2) / width ** 2)
  })
