import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createMetrics } from '@soundalike/runtime'
import type { Source, Sources } from '@soundalike/sources'
import { once } from 'node:events'
import { untilReady } from '@soundalike/testkit'
import { connect } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { createGatewayService } from '../src/service.ts'
import { sineWav } from './wav.ts'
import { startTestGateway, type TestGateway } from './gateway.ts'

let gateway: TestGateway
const wav = sineWav(200, 4)
beforeAll(async () => {
  gateway = await startTestGateway()
})
afterAll(() => gateway.close())

const preview = (range?: string, method = 'GET') =>
  gateway.get(`/v1/tracks/${gateway.library.tones[0]?.id ?? ''}/preview`, {
    method,
    headers: range === undefined ? {} : { range },
  })
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer())

/** The same sources, counting the previews that were opened and let go of. */
const counting = (sources: Sources) => {
  const counts = { opened: 0, closed: 0 }
  const counted = [...sources].map(([id, source]): [string, Source] => [
    id,
    {
      ...source,
      open: async (...call) => {
        const preview = await source.open(...call)
        counts.opened += 1
        const close = async () => {
          await preview.close()
          counts.closed += 1
        }
        return { ...preview, close }
      },
    },
  ])
  return { counts, sources: new Map(counted) }
}

describe('preview', () => {
  it('is the whole file, named by what its bytes are', async () => {
    const response = await preview()
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('audio/wav')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.get('accept-ranges')).toBe('bytes')
    expect(await bytesOf(response)).toEqual(wav)
  })

  it.each([
    ['bytes=0-99', 0, 99],
    ['bytes=100-', 100, wav.length - 1],
    ['bytes=-10', wav.length - 10, wav.length - 1],
    [`bytes=60000-999999`, 60_000, wav.length - 1],
  ])('answers the range %s', async (range, first, last) => {
    const response = await preview(range)
    expect(response.status).toBe(206)
    expect(response.headers.get('content-range')).toBe(
      `bytes ${String(first)}-${String(last)}/${String(wav.length)}`,
    )
    expect(response.headers.get('content-length')).toBe(String(last - first + 1))
    expect(await bytesOf(response)).toEqual(wav.subarray(first, last + 1))
  })

  it('refuses a range beyond the end, and ignores what is not a range of bytes', async () => {
    const beyond = await preview(`bytes=${String(wav.length)}-`)
    expect(beyond.status).toBe(416)
    expect(beyond.headers.get('content-range')).toBe(`bytes */${String(wav.length)}`)
    for (const range of ['nonsense', 'lines=0-3', 'bytes=0-1,5-6']) {
      expect((await preview(range)).status).toBe(200)
    }
  })

  it('answers HEAD without the bytes', async () => {
    const response = await preview(undefined, 'HEAD')
    expect(response.headers.get('content-length')).toBe(String(wav.length))
    expect(await bytesOf(response)).toHaveLength(0)
  })

  it('lets go of every preview it opens, also when the client goes away', async () => {
    const { counts, sources } = counting(gateway.library.ports.sources)
    const service = createGatewayService({
      ...gateway.library.ports,
      metrics: createMetrics('gateway'),
      sources,
      config: { HOST: '127.0.0.1', PORT: 0, API_TOKEN: undefined, EXPLORER_DIR: undefined },
    })
    await service.start()
    const { port } = new URL(service.url())
    for (let i = 0; i < 40; i++) {
      const socket = connect(Number(port), '127.0.0.1')
      await once(socket, 'connect')
      socket.write(`GET /v1/tracks/${gateway.library.tones[0]?.id ?? ''}/preview HTTP/1.1\r\n`)
      socket.write('Host: localhost\r\n\r\n')
      // Some go before the file is opened, some while it is read.
      for (let turn = 0; turn < i; turn++) await setImmediate()
      socket.destroy()
    }
    await service.stop()
    expect(counts.opened).toBeGreaterThan(0)
    await untilReady('every preview let go of', () => {
      expect(counts.closed).toBe(counts.opened)
      return Promise.resolve()
    })
  })

  it('never serves what is not sound, and says when the file is gone', async () => {
    for (const track of [gateway.library.broken, gateway.library.gone]) {
      const response = await gateway.get(`/v1/tracks/${track.id}/preview`)
      expect(response.status).toBe(404)
      expect(response.headers.get('content-type')).toContain('application/json')
      const text = await response.text()
      expect(text).toContain('no-preview')
      expect(text).not.toContain('doctype')
      expect(text).not.toContain('soundalike-gateway-')
    }
  })
})

describe('spectrogram', () => {
  it('is a picture of the mel image', async () => {
    const response = await gateway.get(
      `/v1/tracks/${gateway.library.tones[0]?.id ?? ''}/spectrogram.png`,
    )
    expect(response.headers.get('content-type')).toBe('image/png')
    const png = await bytesOf(response)
    expect(png.subarray(1, 4).toString('latin1')).toBe('PNG')
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([512, 128])
  })

  it('is refused while there is none', async () => {
    const response = await gateway.get(`/v1/tracks/${gateway.library.waiting.id}/spectrogram.png`)
    expect(response.status).toBe(409)
    expect(await response.json()).toMatchObject({ error: { code: 'not-analysed' } })
  })
})
