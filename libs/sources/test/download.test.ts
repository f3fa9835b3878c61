import { afterEach, describe, expect, it } from '@jest/globals'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { buffer } from 'node:stream/consumers'
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { createDownloader, type DownloadLimits } from '../src/index.ts'
import {
  startPreviewServer,
  testLimits,
  type Behaviour,
  type PreviewServer,
} from './preview-server.ts'

const sound = randomBytes(300_000)
const signal = new AbortController().signal

let server: PreviewServer
afterEach(() => server.close())

const serve = async (behave: Behaviour): Promise<void> => {
  server = await startPreviewServer(behave)
}
const open = (limits: Partial<DownloadLimits> = {}, path = '/a.mp3') =>
  createDownloader({ ...testLimits, ...limits }).open(server.url + path, signal)
const download = async (limits: Partial<DownloadLimits> = {}, path?: string): Promise<Buffer> =>
  buffer((await open(limits, path)).stream())

/** Jest compares long buffers byte by byte, which takes seconds. */
const expectSame = (bytes: Uint8Array, expected: Buffer): void => {
  expect(bytes).toHaveLength(expected.length)
  expect(expected.equals(bytes)).toBe(true)
}

const firstByteAsked = (range: string | undefined): number =>
  Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0)

describe('a download', () => {
  it('comes whole, and says its size before', async () => {
    await serve((_request, response) => response.end(sound))
    const preview = await open()
    expect(preview).toMatchObject({ path: null, sizeBytes: sound.length })
    expectSame(await buffer(preview.stream()), sound)
    expect(server.requests[0]?.headers['accept-encoding']).toBe('identity')
  })

  it('comes whole where its size is not known before', async () => {
    await serve((_request, response) => {
      response.write(sound.subarray(0, 1_000))
      response.end(sound.subarray(1_000))
    })
    const preview = await open()
    expect(preview.sizeBytes).toBeNull()
    expectSame(await buffer(preview.stream()), sound)
  })

  it.each([
    ['with ranges', true],
    ['without ranges', false],
  ])('comes in part from a server %s', async (_name, ranges) => {
    await serve((request, response) => {
      const first = ranges ? firstByteAsked(request.headers.range) : 0
      if (ranges) response.setHeader('etag', '"v1"')
      if (first > 0) {
        response.statusCode = 206
        response.setHeader('content-range', `bytes ${String(first)}-299999/300000`)
      }
      response.end(sound.subarray(first))
    })
    const part = async (first: number, last: number) =>
      buffer((await open()).stream({ first, last }))
    expectSame(await part(0, 99), sound.subarray(0, 100))
    expectSame(await part(200_000, 200_999), sound.subarray(200_000, 201_000))
    expectSame(await part(299_990, 400_000), sound.subarray(299_990))
  })

  it('is not read faster than it is taken', async () => {
    const size = 64 * 1024 * 1024
    const chunk = Buffer.alloc(64 * 1024)
    let sent = 0
    await serve((_request, response) => {
      response.setHeader('content-length', size)
      const write = (): void => {
        while (sent < size) {
          sent += chunk.length
          if (!response.write(chunk)) return
        }
      }
      response.on('drain', write)
      write()
    })
    const stream = (await open({ maxBytes: size })).stream()
    await once(stream, 'readable')
    for (let before = -1, still = 0; still < 10; still = sent === before ? still + 1 : 0) {
      before = sent
      await sleep(10)
    }
    expect(sent).toBeLessThan(size)
    stream.destroy()
  })

  it('lets go of the server when it is closed unread', async () => {
    let gone: Promise<unknown> = Promise.reject(new Error('no request'))
    gone.catch(() => undefined)
    await serve((_request, response) => {
      gone = once(response, 'close')
      response.write(sound)
    })
    await (await open()).close()
    await gone
  })

  it('ends with the signal it was given', async () => {
    await serve((_request, response) => void response.write(sound))
    const stop = new AbortController()
    const preview = await createDownloader(testLimits).open(server.url, stop.signal)
    const reading = buffer(preview.stream())
    stop.abort(new Error('enough'))
    await expect(reading).rejects.toThrow('enough')
  })
})

describe('a part', () => {
  it.each([
    ['of its own choice', 1_000],
    ['that begins with the whole', 0],
  ])('that nobody asked for, %s, is refused', async (_name, first) => {
    await serve((_request, response) => {
      response.writeHead(206, { 'content-range': `bytes ${String(first)}-299999/300000` })
      response.end(sound.subarray(first))
    })
    await expect(download()).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('not asked for'),
    })
  })

  it('that begins elsewhere than asked is refused', async () => {
    await serve((_request, response, nth) => {
      response.setHeader('etag', '"v1"')
      if (nth > 1) response.writeHead(206, { 'content-range': 'bytes 0-299999/300000' })
      response.end(sound)
    })
    const part = (await open()).stream({ first: 1_000, last: 1_999 })
    await expect(buffer(part)).rejects.toMatchObject({ code: 'unavailable' })
  })
})

describe('statuses', () => {
  it.each([
    [401, 'forbidden'],
    [403, 'forbidden'],
    [404, 'no-preview'],
    [410, 'no-preview'],
    [429, 'rate-limited'],
    [500, 'unavailable'],
    [503, 'unavailable'],
  ])('names %i', async (status, code) => {
    await serve((_request, response) => response.writeHead(status).end('<html>sorry</html>'))
    await expect(open()).rejects.toMatchObject({ code, retryAfterMs: undefined })
  })

  it.each([429, 503])('says how long %i asks to wait', async (status) => {
    await serve((_request, response, nth) => {
      const date = new Date(Date.now() + 3_600_000).toUTCString()
      response.writeHead(status, { 'retry-after': ['7', date, 'soon', '99999999'][nth - 1] }).end()
    })
    const waits: unknown[] = []
    for (let i = 0; i < 4; i++) {
      const failure: unknown = await open().catch((error: unknown) => error)
      waits.push((failure as { retryAfterMs: unknown }).retryAfterMs)
    }
    const [seconds, date, nonsense, century] = waits
    expect([seconds, nonsense, century]).toEqual([7_000, undefined, 86_400_000])
    expect(date).toBeGreaterThan(3_000_000)
    expect(date).toBeLessThanOrEqual(3_600_000)
  })
})

describe('redirects', () => {
  it('are followed', async () => {
    await serve(({ url }, response) => {
      if (url === '/b/c.mp3') response.end(sound)
      else response.writeHead(302, { location: url === '/a.mp3' ? 'b/' : 'c.mp3' }).end('moved')
    })
    expectSame(await download(), sound)
  })

  it('end somewhere', async () => {
    await serve((_request, response) => response.writeHead(307, { location: '/a.mp3' }).end())
    await expect(open()).rejects.toMatchObject({ code: 'too-many-redirects' })
    expect(server.requests).toHaveLength(testLimits.maxRedirects + 1)
  })

  it('are followed without reading what comes with them', async () => {
    await serve(({ url }, response) => {
      if (url === '/there') response.end(sound)
      else response.writeHead(301, { location: '/there' }).write('on and on')
    })
    expectSame(await download(), sound)
  })
})

describe('limits', () => {
  it('refuse what says it is too large, unread', async () => {
    await serve((_request, response) => {
      response.setHeader('content-length', testLimits.maxBytes + 1).write('x')
    })
    await expect(open()).rejects.toMatchObject({ code: 'too-large' })
  })

  it('end what never does', async () => {
    await serve((_request, response) => {
      const write = (): void => {
        while (response.write(sound));
      }
      response.on('drain', write)
      write()
    })
    await expect(download()).rejects.toMatchObject({ code: 'too-large' })
  })

  it('end what comes in drips', async () => {
    await serve((_request, response) => {
      const drip = setInterval(() => response.write('x'), 20)
      response.on('close', () => clearInterval(drip))
    })
    await expect(download({ timeoutMs: 300 })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('after 0.3 s'),
    })
  })

  it('end what says nothing', async () => {
    await serve(() => undefined)
    await expect(download({ idleTimeoutMs: 100 })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/TIMEOUT/),
    })
  })

  it('end what falls silent, so that it is asked for again', async () => {
    await serve((_request, response, nth) => {
      if (nth === 1) response.write(sound.subarray(0, 1_000))
      else response.end(sound)
    })
    expectSame(await download({ idleTimeoutMs: 100 }), sound)
  })
})

/** Sends the first 100,000 bytes and breaks off, save for the last time. */
const breaksOff =
  (
    times: number,
    headers: Record<string, string> = {},
    content = (_nth: number) => sound,
  ): Behaviour =>
  (request, response, nth) => {
    const body = content(nth)
    const ranged = headers['etag'] !== undefined && headers['etag'] === request.headers['if-range']
    const first = ranged ? firstByteAsked(request.headers.range) : 0
    if (first > 0) {
      const range = `bytes ${String(first)}-${String(body.length - 1)}/${String(body.length)}`
      response.writeHead(206, { ...headers, 'content-range': range })
    } else {
      response.writeHead(200, { ...headers, 'content-length': body.length })
    }
    if (nth > times) response.end(body.subarray(first))
    else
      response.write(body.subarray(first, first + 100_000), () =>
        response.socket?.resetAndDestroy(),
      )
  }

describe('an answer cut short', () => {
  it('is gone on with where the server has ranges', async () => {
    await serve(breaksOff(2, { etag: '"v1"' }))
    expectSame(await download(), sound)
    const [, second, third] = server.requests.map(({ headers }) => firstByteAsked(headers.range))
    expect(second).toBeGreaterThan(0)
    expect(third).toBeGreaterThan(second ?? 0)
  })

  it('is asked for again where it has none', async () => {
    await serve(breaksOff(3))
    expectSame(await download(), sound)
    expect(server.requests.map(({ headers }) => headers.range)).toEqual(Array(4).fill(undefined))
  })

  it('is not gone on with when it is another by now', async () => {
    const other = Buffer.concat([sound.subarray(0, 10), randomBytes(sound.length - 10)])
    await serve(breaksOff(1, {}, (nth) => (nth === 1 ? sound : other)))
    await expect(download()).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('changed'),
    })
  })

  it('is noticed by its length alone', async () => {
    await serve((_request, response) => {
      response.writeHead(200, { 'content-length': sound.length, connection: 'close' })
      response.write(sound.subarray(0, 1_000), () => response.socket?.end())
    })
    await expect(download()).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('is given up after a few times', async () => {
    await serve(breaksOff(Infinity))
    await expect(download()).rejects.toMatchObject({ code: 'unavailable' })
    expect(server.requests).toHaveLength(4)
  })
})

describe('content encodings nobody asked for', () => {
  const packed = (encoding: string, body: Buffer) =>
    serve((_request, response) =>
      response.writeHead(200, { 'content-encoding': encoding }).end(body),
    )

  it.each([
    ['gzip', gzipSync(sound)],
    ['deflate', deflateSync(sound)],
    ['br', brotliCompressSync(sound)],
    ['zstd', zstdCompressSync(sound)],
    ['Identity', sound],
  ])('are undone: %s', async (encoding, body) => {
    await packed(encoding, body)
    expectSame(await download(), sound)
    const part = (await open()).stream({ first: 10, last: 19 })
    expectSame(await buffer(part), sound.subarray(10, 20))
  })

  it('are held to the limit unpacked', async () => {
    await packed('gzip', gzipSync(Buffer.alloc(100 * testLimits.maxBytes)))
    await expect(download()).rejects.toMatchObject({ code: 'too-large' })
  })

  it.each([
    ['gzip', sound],
    ['gzip', gzipSync(sound).subarray(0, 1_000)],
    ['br', sound],
    ['zstd', sound],
    ['compress', sound],
    ['gzip, gzip', gzipSync(gzipSync(sound))],
  ])('are refused where they do not hold: %s', async (encoding, body) => {
    await packed(encoding, body)
    await expect(download()).rejects.toMatchObject({ code: 'not-audio' })
  })
})
