import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { pictureKinds, type AudioPool } from '@soundalike/audio'
import { createMetrics } from '@soundalike/runtime'
import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { createGatewayService } from '../src/service.ts'
import { startTestGateway, type TestGateway } from './gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway()
})
afterAll(() => gateway.close())

const pathOf = (kind: string, id = gateway.library.tones[0]?.id ?? ''): string =>
  `/v1/tracks/${id}/pictures/${kind}`

const pngOf = async (path: string): Promise<Buffer> => {
  const response = await gateway.get(path)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('image/png')
  const png = Buffer.from(await response.arrayBuffer())
  expect(png.subarray(1, 4).toString('latin1')).toBe('PNG')
  return png
}

describe('pictures', () => {
  it('are drawn of every kind, each another, also of a track that is not analysed', async () => {
    const pngs = await Promise.all(pictureKinds.map((kind) => pngOf(pathOf(kind))))
    expect(new Set(pngs.map((png) => png.toString('base64'))).size).toBe(pictureKinds.length)
    await pngOf(pathOf('waveform', gateway.library.waiting.id))
  })

  it('zoom into a waveform', async () => {
    const whole = await pngOf(pathOf('waveform'))
    const part = await pngOf(`${pathOf('waveform')}?from=1&seconds=0.05`)
    expect(part.equals(whole)).toBe(false)
  })

  it.each([
    'mel.png',
    'sonogram',
    'waveform?from=-1',
    'waveform?seconds=0',
    'waveform?from=x',
    'mel?from=1',
    'composite?seconds=2',
  ])('are refused where the address says %s', async (end) => {
    const response = await gateway.get(pathOf(end))
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { code: 'bad-parameter' } })
  })

  it('are refused where there is no sound', async () => {
    for (const { id } of [gateway.library.broken, gateway.library.gone]) {
      const response = await gateway.get(pathOf('mel', id))
      expect(response.status).toBe(404)
      expect(await response.json()).toMatchObject({ error: { code: 'no-preview' } })
    }
  })
})

/** The same decoder, which begins only when it is let, and counts how many begin at once. */
const holding = (audio: Pick<AudioPool, 'decode'>) => {
  const gate = new AbortController()
  const counts = { now: 0, most: 0 }
  const decode: AudioPool['decode'] = async (input, preset, limits, signal) => {
    counts.now += 1
    counts.most = Math.max(counts.most, counts.now)
    try {
      if (!gate.signal.aborted) await once(gate.signal, 'abort', signal ? { signal } : {})
      return await audio.decode(input, preset, limits, signal)
    } finally {
      counts.now -= 1
    }
  }
  return { counts, decode, release: () => gate.abort() }
}

describe('many pictures at once', () => {
  const inHand = 10
  const start = async () => {
    const { ports } = gateway.library
    const held = holding(ports.audio)
    const service = createGatewayService({
      ...ports,
      metrics: createMetrics('gateway'),
      audio: { ...ports.audio, decode: held.decode },
      config: { HOST: '127.0.0.1', PORT: 0, API_TOKEN: undefined, EXPLORER_DIR: undefined },
    })
    await service.start()
    return { ...held, service, url: service.url() + pathOf('waveform') }
  }

  it('wait for their turn, and one too many is sent away', async () => {
    const { counts, release, service, url } = await start()
    const answers = Array.from({ length: inHand + 1 }, () => fetch(url))
    const first = await Promise.race(answers)
    expect(first.status).toBe(503)
    expect(await first.json()).toMatchObject({ error: { code: 'busy' } })
    release()
    const statuses = (await Promise.all(answers)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(inHand)
    expect(counts.most).toBe(2)
    await service.stop()
  })

  it('are given up when their clients go away', async () => {
    const { counts, release, service, url } = await start()
    const clients = new AbortController()
    const answers = Array.from({ length: inHand + 1 }, () => fetch(url, clients))
    await Promise.race(answers)
    clients.abort()
    await Promise.allSettled(answers)
    while (counts.now > 0) await setImmediate()
    release()
    expect((await fetch(url)).status).toBe(200)
    await service.stop()
  })
})
