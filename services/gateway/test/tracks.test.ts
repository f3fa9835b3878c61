import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startTestGateway, type TestGateway } from './gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway()
})
afterAll(() => gateway.close())

const json = async (path: string) => {
  const response = await gateway.get(path)
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
const problem = async (path: string) => {
  const { status, body } = await json(path)
  return { status, error: body['error'] as { code: string; message: string; remedy: string } }
}

describe('library', () => {
  it('finds tracks by words, a page at a time', async () => {
    const all = await json('/v1/tracks')
    expect(all).toMatchObject({ status: 200, body: { total: 15, limit: 50, offset: 0 } })
    const page = await json('/v1/tracks?query=tone&limit=5&offset=10')
    expect(page.body).toMatchObject({ total: 12, limit: 5, offset: 10 })
    expect(page.body['tracks']).toHaveLength(2)
    expect((await json('/v1/tracks?query=no+such+words')).body).toMatchObject({ total: 0 })
  })

  it('tells of a track what its source says, and not where its preview lies', async () => {
    const [tone] = gateway.library.tones
    const { body } = await json(`/v1/tracks/${tone?.id ?? ''}`)
    expect(body).toEqual({
      id: tone?.id,
      source: tone?.source,
      file: 'tone-200.wav',
      title: 'Tone <b>200</b>',
      artist: 'Ada & the Sines',
      album: 'Tones',
      isrc: '',
      durationSeconds: 4,
      licence: 'CC0-1.0',
      attribution: 'made for this test',
    })
  })

  it.each([
    ['limit', '/v1/tracks?limit=0'],
    ['limit', '/v1/tracks?limit=201'],
    ['limit', '/v1/tracks?limit=ten'],
    ['limit', '/v1/tracks?limit=1&limit=2'],
    ['offset', '/v1/tracks?offset=-1'],
    ['offset', '/v1/tracks?offset=99999999'],
    ['query', `/v1/tracks?query=${'x'.repeat(201)}`],
    ['query', '/v1/tracks?query=a%00b'],
    ['limt', '/v1/tracks?limt=5'],
    ['limit', '/v1/tracks/t0/similar?limit=101'],
  ])('refuses a bad %s by its name: %s', async (name, path) => {
    const { status, error } = await problem(path)
    expect({ status, code: error.code }).toEqual({ status: 400, code: 'bad-parameter' })
    expect(error.message).toContain(name)
    expect(error.remedy).not.toBe('')
  })

  it.each([
    '/v1/tracks/t000000000000000000000000',
    '/v1/tracks/nonsense',
    '/v1/tracks/..%2F..%2Fx',
  ])('says 404 for a track there is not: %s', async (path) => {
    for (const sub of ['', '/similar', '/preview', '/spectrogram.png']) {
      const { status, error } = await problem(path + sub)
      expect({ status, code: error.code }).toEqual({ status: 404, code: 'unknown-track' })
    }
  })
})

describe('similar tracks', () => {
  it('are the nearest first, without the track itself, with both axes', async () => {
    const { tones } = gateway.library
    const { body } = await json(`/v1/tracks/${tones[0]?.id ?? ''}/similar`)
    expect(body['track']).toMatchObject({ id: tones[0]?.id })
    expect(body['model']).toBe('m0123456789ab')
    const similar = body['similar'] as {
      track: { id: string }
      similarity: number
      axes: { time: number; frequency: number }
    }[]
    expect(similar.map(({ track }) => track.id)).toEqual(tones.slice(1, 11).map(({ id }) => id))
    for (const { similarity, axes } of similar) {
      expect(similarity).toBeGreaterThan(Math.min(axes.time, axes.frequency) - 1e-6)
      expect(similarity).toBeLessThan(Math.max(axes.time, axes.frequency) + 1e-6)
    }
  })

  it('are as many as asked for', async () => {
    const path = `/v1/tracks/${gateway.library.tones[5]?.id ?? ''}/similar`
    expect((await json(`${path}?limit=3`)).body['similar']).toHaveLength(3)
    expect((await json(`${path}?limit=100`)).body['similar']).toHaveLength(11)
  })

  it('are refused with the reason while there is no vector', async () => {
    const { waiting, broken } = gateway.library
    expect(await problem(`/v1/tracks/${waiting.id}/similar`)).toMatchObject({
      status: 409,
      error: { code: 'not-analysed' },
    })
    const failed = await problem(`/v1/tracks/${broken.id}/similar`)
    expect(failed).toMatchObject({ status: 409, error: { code: 'analysis-failed' } })
    expect(failed.error.message).toContain('not in an audio format')
    expect(JSON.stringify(failed)).not.toContain('/home')
  })
})

describe('status', () => {
  it('counts each stage and names the live model', async () => {
    const { body } = await json('/v1/status')
    expect(body).toEqual({
      tracks: 15,
      stages: [
        { stage: 'scrape', done: 15, failed: 0, skipped: 0 },
        { stage: 'transcode', done: 12, failed: 1, skipped: 0 },
        { stage: 'spectrogram', done: 12, failed: 0, skipped: 0 },
        { stage: 'embed', done: 12, failed: 0, skipped: 0 },
      ],
      model: {
        id: 'm0123456789ab',
        architecture: 'two-axis',
        createdAt: '2026-01-01T00:00:00.000Z',
      },
      filling: [],
    })
  })

  it('tells how far the space of a newer model is', async () => {
    const { catalog, vectors } = gateway.library.ports
    const live = await catalog.liveModel()
    if (live === null) throw new Error('no model is live')
    const id = 'mabcdef012345'
    await vectors.createSpace(id, live.manifest.vectorSize)
    await catalog.addModel({ ...live.manifest, id }, 'filling')
    const vector = new Float32Array(live.manifest.vectorSize).fill(1)
    const payload = { source: 'folder-1f0c9a2b', artist: '', album: '' }
    const some = gateway.library.tones.slice(0, 3).map(({ id: trackId }) => trackId)
    await vectors.upsert(
      id,
      some.map((trackId) => ({ trackId, vector, payload })),
    )
    expect((await json('/v1/status')).body).toMatchObject({
      model: { id: live.manifest.id },
      filling: [{ id, architecture: 'two-axis', vectors: 3, images: 12, coverage: 0.25 }],
    })
  })
})
