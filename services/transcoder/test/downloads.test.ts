import { create } from '@bufbuild/protobuf'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { createAudioPool, defaultLimits, fingerprintsOf, presetNamed } from '@soundalike/audio'
import { openBlobs } from '@soundalike/blobs'
import { openCatalog } from '@soundalike/catalog'
import { Failure, keys, TranscodeJobSchema } from '@soundalike/contracts'
import { openDatabase } from '@soundalike/database'
import { createLog, readConfig } from '@soundalike/runtime'
import { openPreviewFiles, openSources } from '@soundalike/sources'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { createTranscodeHandler } from '../src/transcode.ts'
import { SECONDS, toneWav } from './tone.ts'

const wav = toneWav()
const page = '<!doctype html><title>403</title>'
const brokenOff = new Set<string>()

/** What lies at each address, and what is to become of it: a failure code, or `done`. */
const previews: Record<string, { expected: string; answer: RequestListener }> = {
  tone: { expected: 'done', answer: (_request, response) => response.end(wav) },
  gzip: {
    expected: 'done',
    answer: (_request, response) =>
      response.setHeader('content-encoding', 'gzip').end(gzipSync(wav)),
  },
  moved: {
    expected: 'done',
    answer: (_request, response) => response.writeHead(302, { location: '/tone' }).end(),
  },
  interrupted: {
    expected: 'done',
    answer: ({ url = '', headers }, response) => {
      const first = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0)
      response.setHeader('etag', '"1"')
      if (brokenOff.has(url)) {
        const range = `bytes ${String(first)}-${String(wav.length - 1)}/${String(wav.length)}`
        response.writeHead(206, { 'content-range': range }).end(wav.subarray(first))
        return
      }
      brokenOff.add(url)
      response.writeHead(200, { 'content-length': wav.length })
      response.write(wav.subarray(0, 200_000), () => response.socket?.resetAndDestroy())
    },
  },
  page: {
    expected: 'not-audio',
    answer: (_request, response) => response.setHeader('content-type', 'audio/mpeg').end(page),
  },
  nothing: { expected: 'empty-file', answer: (_request, response) => response.end() },
  gone: {
    expected: 'no-preview',
    answer: (_request, response) => response.writeHead(410).end(page),
  },
  secret: {
    expected: 'forbidden',
    answer: (_request, response) => response.writeHead(403).end(page),
  },
  inside: {
    expected: 'address-refused',
    answer: (_request, response) =>
      response.writeHead(302, { location: 'http://127.0.0.2/latest/meta-data' }).end(),
  },
  circle: {
    expected: 'too-many-redirects',
    answer: (_request, response) => response.writeHead(302, { location: '/circle' }).end(),
  },
  endless: {
    expected: 'too-large',
    answer: (_request, response) => {
      const write = (): void => {
        while (response.write(wav));
      }
      response.on('drain', write)
      write()
    },
  },
  busy: {
    expected: 'rate-limited',
    answer: (_request, response) => response.writeHead(429, { 'retry-after': '9' }).end(),
  },
  down: { expected: 'unavailable', answer: (_request, response) => response.writeHead(503).end() },
  drips: {
    expected: 'unavailable',
    answer: (_request, response) => {
      const drip = setInterval(() => response.write('x'), 20)
      response.on('close', () => clearInterval(drip))
    },
  },
}

const server = createServer((request, response) => {
  previews[request.url?.slice(1) ?? '']?.answer(request, response)
})
let folder: string
let url: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'soundalike-downloads-'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await rm(folder, { recursive: true, force: true })
})

it('takes previews from the web, and names what is wrong with each of the others', async () => {
  const manifest = join(folder, 'web.jsonl')
  const rows = Object.keys(previews).map((title) => ({ title, url: `${url}/${title}` }))
  await writeFile(manifest, rows.map((row) => JSON.stringify(row)).join('\n'))
  const settings = {
    DATA_DIR: folder,
    MUSIC_PATH: manifest,
    MAX_PREVIEW_BYTES: '2000000',
    DOWNLOAD_TIMEOUT_SECONDS: '2',
    DOWNLOAD_ALLOW_HOSTS: '127.0.0.1',
  }
  const config = readConfig(settings, {})
  const sources = await openSources(config)
  const previewFiles = await openPreviewFiles(config)
  const database = await openDatabase('pglite:memory')
  const catalog = await openCatalog(database)
  const blobs = await openBlobs(pathToFileURL(join(folder, 'blobs')).href)
  const audio = createAudioPool({ threads: 1 })
  const preset = presetNamed('seed-v1')
  const { transcode: fingerprint, spectrogram: melFingerprint } = fingerprintsOf(preset)
  const limits = { ...defaultLimits, maxBytes: 2_000_000 }
  const ports = { sources, previewFiles, catalog, blobs, audio, preset, melFingerprint, limits }
  const transcode = createTranscodeHandler(ports)
  const signal = new AbortController().signal

  const outcomes: Record<string, string> = {}
  const [source] = sources.values()
  const pages = source === undefined ? [] : await Array.fromAsync(source.walk(null, signal))
  const tracks = pages.flatMap((each) => each.tracks)
  await catalog.upsertTracks(tracks)
  for (const { id: trackId, source: sourceId, title } of tracks) {
    const job = {
      payload: create(TranscodeJobSchema, { trackId, source: sourceId, fingerprint }),
      attempt: 1,
      signal,
      log: createLog('test', { LOG_LEVEL: 'silent' }),
      progress: () => Promise.resolve(),
    }
    outcomes[title] = await transcode(job).then(
      () => 'done',
      (error: unknown) => Failure.from(error).code,
    )
    if (outcomes[title] === 'done') {
      const pcm = await blobs.get(keys.pcm(fingerprint, trackId))
      const seconds = (pcm?.byteLength ?? 0) / 2 / preset.pcm.sampleRateHz
      expect(Math.abs(seconds - SECONDS)).toBeLessThan(0.1)
    }
  }
  await audio.close()
  await database.close()

  const expected = Object.entries(previews).map(([title, preview]) => [title, preview.expected])
  expect(outcomes).toEqual(Object.fromEntries(expected))
  expect(await readdir(join(folder, 'downloads'))).toEqual([])
})
