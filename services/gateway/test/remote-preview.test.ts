import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { Track } from '@soundalike/contracts'
import { createMetrics, readConfig } from '@soundalike/runtime'
import { openSources } from '@soundalike/sources'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGatewayService, type GatewayService } from '../src/service.ts'
import { openTestLibrary, type TestLibrary } from './library.ts'
import { sineWav } from './wav.ts'

const wav = sineWav(300, 4)

/** 40 frames of MP3, with nothing in them. */
const frames = Buffer.alloc(40 * 417)
for (let at = 0; at < frames.length; at += 417) frames.writeUInt32BE(0xfffb9000, at)

/** Sound as decoders take it, and its type. */
const sounds: Record<string, [Buffer, string]> = {
  'mp3 from the middle of a frame': [frames.subarray(100), 'audio/mpeg'],
  'mp3 behind zeros': [Buffer.concat([Buffer.alloc(100_000), frames]), 'audio/mpeg'],
  rf64: [Buffer.concat([Buffer.from('RF64'), wav.subarray(4)]), 'audio/wav'],
}

/** What lies at each address. */
const previews: Record<string, RequestListener> = {
  sound: (request, response) => {
    const first = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
    response.setHeader('etag', '"1"')
    if (first > 0) {
      const range = `bytes ${String(first)}-${String(wav.length - 1)}/${String(wav.length)}`
      response.writeHead(206, { 'content-range': range })
    }
    response.end(wav.subarray(first))
  },
  ...Object.fromEntries(
    Object.entries(sounds).map(([title, [bytes]]): [string, RequestListener] => [
      encodeURIComponent(title),
      (_request, response) => response.end(bytes),
    ]),
  ),
  page: (_request, response) =>
    response.setHeader('content-type', 'audio/mpeg').end('<!doctype html>'),
  gone: (_request, response) => response.writeHead(404).end(),
  inside: (_request, response) => response.writeHead(302, { location: 'http://127.0.0.2/' }).end(),
  busy: (_request, response) => response.writeHead(429).end(),
  large: (_request, response) =>
    response.writeHead(200, { 'content-length': 2 ** 30 }).write(wav.subarray(0, 5_000)),
  broken: (_request, response) => {
    response.writeHead(200, { 'content-length': wav.length })
    response.write(wav.subarray(0, 5_000), () => response.socket?.resetAndDestroy())
  },
}

let requests = 0
const elsewhere = createServer((request, response) => {
  requests += 1
  previews[request.url?.slice(1) ?? '']?.(request, response)
})
let folder: string
let library: TestLibrary
let gateway: GatewayService
const tracks = new Map<string, Track>()

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'soundalike-remote-'))
  elsewhere.listen(0, '127.0.0.1')
  await once(elsewhere, 'listening')
  const { port } = elsewhere.address() as AddressInfo
  const rows = Object.keys(previews).map((title) => ({
    title,
    url: `http://127.0.0.1:${String(port)}/${title}`,
  }))
  const manifest = join(folder, 'web.jsonl')
  await writeFile(manifest, rows.map((row) => JSON.stringify(row)).join('\n'))

  const settings = { DATA_DIR: folder, MUSIC_PATH: manifest, DOWNLOAD_ALLOW_HOSTS: '127.0.0.1/32' }
  const sources = await openSources(readConfig(settings, {}))
  library = await openTestLibrary()
  for (const source of sources.values()) {
    for await (const page of source.walk(null, new AbortController().signal)) {
      await library.ports.catalog.upsertTracks(page.tracks)
      for (const track of page.tracks) tracks.set(track.title, track)
    }
  }
  gateway = createGatewayService({
    ...library.ports,
    metrics: createMetrics('gateway'),
    sources,
    config: { HOST: '127.0.0.1', PORT: 0, API_TOKEN: undefined, EXPLORER_DIR: undefined },
  })
  await gateway.start()
})
afterAll(async () => {
  await gateway.stop()
  await library.close()
  elsewhere.closeAllConnections()
  elsewhere.close()
  await rm(folder, { recursive: true, force: true })
})

const get = (title: string, init?: RequestInit) =>
  fetch(`${gateway.url()}/v1/tracks/${tracks.get(title)?.id ?? ''}/preview`, init)
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer())

const documentedStatuses = async (): Promise<string[]> => {
  const document = (await (await fetch(`${gateway.url()}/openapi.json`)).json()) as {
    paths: Record<string, { get: { responses: object } }>
  }
  return Object.keys(document.paths['/v1/tracks/{id}/preview']?.get.responses ?? {})
}

it('passes on a preview that lies elsewhere, whole and in parts', async () => {
  const whole = await get('sound')
  expect(whole.headers.get('content-type')).toBe('audio/wav')
  expect(whole.headers.get('content-length')).toBe(String(wav.length))
  expect(wav.equals(await bytesOf(whole))).toBe(true)

  const part = await get('sound', { headers: { range: 'bytes=6000-6099' } })
  expect(part.status).toBe(206)
  expect(part.headers.get('content-range')).toBe(`bytes 6000-6099/${String(wav.length)}`)
  expect(await bytesOf(part)).toEqual(wav.subarray(6_000, 6_100))

  const head = await get('sound', { method: 'HEAD' })
  expect(head.headers.get('content-length')).toBe(String(wav.length))
})

it.each(Object.entries(sounds))(
  'takes for sound what decoders do: %s',
  async (title, [bytes, type]) => {
    const parts: (RequestInit & { length: number })[] = [
      { length: bytes.length },
      { length: 8_000, headers: { range: 'bytes=0-7999' } },
      { length: 10, headers: { range: 'bytes=-10' } },
      { length: 0, method: 'HEAD' },
    ]
    for (const { length, ...init } of parts) {
      const response = await get(encodeURIComponent(title), init)
      expect(response.headers.get('content-type')).toBe(type)
      expect(await bytesOf(response)).toHaveLength(length)
    }
  },
)

it('asks the source once for what begins at the beginning, and once more for what does not', async () => {
  const asked = async (init?: RequestInit): Promise<number> => {
    const before = requests
    await bytesOf(await get('sound', init))
    return requests - before
  }
  expect(await asked()).toBe(1)
  expect(await asked({ headers: { range: 'bytes=0-' } })).toBe(1)
  expect(await asked({ headers: { range: 'bytes=0-9999' } })).toBe(1)
  // The size, the head, the part.
  expect(await asked({ headers: { range: 'bytes=6000-' } })).toBe(3)
})

it.each([
  ['page', 404, 'no-preview'],
  ['gone', 404, 'no-preview'],
  ['inside', 404, 'no-preview'],
  ['large', 409, 'analysis-failed'],
  ['busy', 503, 'unavailable'],
])('says what is wrong with one, and nothing of where it lies: %s', async (title, status, code) => {
  const response = await get(title)
  expect(response.status).toBe(status)
  const text = await response.text()
  expect(JSON.parse(text)).toMatchObject({ error: { code } })
  expect(text).not.toContain('127.0.0')
  expect(await documentedStatuses()).toContain(String(status))
})

it('never passes off a part as the whole', async () => {
  await expect(get('broken').then(bytesOf)).rejects.toThrow()
})
