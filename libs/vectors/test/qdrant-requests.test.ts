import { afterEach, describe, expect, test } from '@jest/globals'
import {
  answering,
  silent,
  startScriptedServer,
  type Answer,
  type SeenRequest,
} from '@soundalike/testkit'
import type { VectorStore } from '../src/index.ts'
import { pointId } from '../src/point-id.ts'
import type { QdrantLayout } from '../src/qdrant-collection.ts'
import { openQdrantVectors } from '../src/qdrant-vectors.ts'

const json = { 'content-type': 'application/json' }
const result = (value: unknown): Answer =>
  answering(JSON.stringify({ result: value, status: 'ok', time: 0.001 }), json)

/** An error in the form of https://api.qdrant.tech */
const failing =
  (status: number, error: string, headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    response.writeHead(status, { ...json, ...headers })
    response.end(JSON.stringify({ status: { error }, time: 0.001 }))
  }

const isOpening = ({ line }: SeenRequest): boolean => line === 'GET /aliases'
const east = Float32Array.of(2, 0, 0, 0)
const payload = { source: 's', artist: 'Somebody', album: '' }
const done = result({ operation_id: 1, status: 'completed' })

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** A store whose server gives the answers in turn, the last of them for ever. */
const storeGetting = (...answers: Answer[]) => storeOpened({ timeoutMs: 10_000 }, ...answers)

/** The same, with options of its own. */
const storeOpened = async (options: QdrantLayout & { timeoutMs: number }, ...answers: Answer[]) => {
  let next = 0
  const server = await startScriptedServer((request, response) => {
    if (isOpening(request)) return result({ aliases: [] })(request, response)
    answers[Math.min(next, answers.length - 1)]?.(request, response)
    next += 1
  })
  closing.push(server.stop)
  const store: VectorStore = await openQdrantVectors(server.endpoint, {
    apiKey: 'the key',
    patience: { retries: 2, firstPauseMs: 1 },
    ...options,
  })
  const asked = () =>
    server.requests
      .filter((request) => !isOpening(request))
      .map(({ line, headers, body }) => ({
        line,
        headers,
        body: body.length === 0 ? null : (JSON.parse(body.toString()) as unknown),
      }))
  return { store, asked }
}

describe('a Qdrant client asks', () => {
  test('for a space with three quantised vectors and an index for every filter', async () => {
    const info = { config: { params: { vectors: { whole: { size: 8, distance: 'Cosine' } } } } }
    const { store, asked } = await storeGetting(
      result({ exists: false }),
      result(true),
      result(info),
      done,
    )
    await store.createSpace('s', 8)
    const [, create, , ...indexes] = asked()
    expect(create).toMatchObject({
      line: 'PUT /collections/s',
      body: {
        vectors: {
          whole: { size: 8, distance: 'Cosine', on_disk: true },
          time: { size: 4, distance: 'Cosine', on_disk: true },
          frequency: { size: 4, distance: 'Cosine', on_disk: true },
        },
        quantization_config: { scalar: { type: 'int8', always_ram: true } },
      },
    })
    expect(indexes.map(({ line }) => line)).toEqual(
      Array(3).fill('PUT /collections/s/index?wait=true'),
    )
    expect(indexes.map(({ body }) => body)).toEqual(
      ['source', 'artist', 'album'].map((field_name) => ({ field_name, field_schema: 'keyword' })),
    )
  })

  test('for a space to be split and copied as it is set, and says nothing of it where it is not', async () => {
    const info = { config: { params: { vectors: { whole: { size: 8 } } } } }
    const create = async (layout: QdrantLayout): Promise<unknown> => {
      const { store, asked } = await storeOpened(
        { ...layout, timeoutMs: 10_000 },
        result({ exists: false }),
        result(true),
        result(info),
        done,
      )
      await store.createSpace('s', 8)
      return asked()[1]?.body
    }
    expect(await create({ replication: 2, shards: 6 })).toMatchObject({
      replication_factor: 2,
      shard_number: 6,
    })
    const unsaid = await create({})
    expect(unsaid).not.toHaveProperty('replication_factor')
    expect(unsaid).not.toHaveProperty('shard_number')
  })

  test('to write points by batches, waiting, with unit vectors and the key', async () => {
    const { store, asked } = await storeGetting(done)
    const points = Array.from({ length: 450 }, (_, index) => ({
      trackId: `t${String(index)}`,
      vector: Float32Array.of(3e30, 0, 0, 4e30),
      payload,
    }))
    await store.upsert('s', points)
    expect(asked().map(({ line }) => line)).toEqual(
      Array(3).fill('PUT /collections/s/points?wait=true'),
    )
    const [first] = asked()
    expect(first?.headers['api-key']).toBe('the key')
    const { points: sent } = first?.body as { points: unknown[] }
    expect(sent).toHaveLength(200)
    expect(sent[0]).toEqual({
      id: pointId('t0'),
      vector: {
        whole: [expect.closeTo(0.6, 6), 0, 0, expect.closeTo(0.8, 6)],
        time: [expect.closeTo(0.6, 6), 0],
        frequency: [0, expect.closeTo(0.8, 6)],
      },
      payload: {
        track: 't0',
        source: 's',
        artist: 'Somebody',
        album: '(no album of t0)',
      },
    })
  })

  test('for neighbours under all conditions at once, measured again by the whole vectors', async () => {
    const hit = (track: string, ...whole: number[]) => ({
      id: pointId(track),
      version: 1,
      score: 0.5,
      payload: { track },
      vector: { whole },
    })
    const { store, asked } = await storeGetting(
      result({ points: [hit('b', 0, 1, 0, 0), hit('a', 1, 0, 0, 0)] }),
    )
    const found = await store.search('live', {
      vector: east,
      limit: 7,
      exclude: ['x'],
      only: { source: ['s', 't'] },
      except: { artist: ['Nobody'] },
    })
    expect(found.map(({ trackId, similarity }) => [trackId, similarity])).toEqual([
      ['a', 1],
      ['b', 0],
    ])
    expect(asked()).toMatchObject([
      {
        line: 'POST /collections/live/points/query',
        body: {
          query: { nearest: [1, 0, 0, 0] },
          using: 'whole',
          limit: 7,
          filter: {
            must: [{ key: 'source', match: { any: ['s', 't'] } }],
            must_not: [{ key: 'artist', match: { any: ['Nobody'] } }, { has_id: [pointId('x')] }],
          },
          params: { hnsw_ef: 512, quantization: { rescore: true, oversampling: 3 } },
        },
      },
    ])
  })

  test('for groups where there is a cap, and by a half where one ranks', async () => {
    const { store, asked } = await storeGetting(result({ groups: [] }))
    const vector = Float32Array.of(1, 0, 0, 5)
    const cap = { field: 'artist', tracks: 2 } as const
    expect(await store.search('s', { vector, limit: 7, cap, rankBy: 'frequency' })).toEqual([])
    expect(asked()).toMatchObject([
      {
        line: 'POST /collections/s/points/query/groups',
        body: { using: 'frequency', group_by: 'artist', group_size: 2, limit: 7 },
      },
    ])
  })

  test('for likes less dislikes, of those that have a vector', async () => {
    const record = (track: string, whole: number[]) => ({
      id: pointId(track),
      payload: { track },
      vector: { whole },
    })
    const { store, asked } = await storeGetting(
      result([record('a', [1, 0, 0, 0]), record('c', [0, 1, 0, 0])]),
      result({ points: [] }),
    )
    await store.search('s', { like: ['a', 'b'], unlike: ['c'], limit: 3 })
    expect(asked().map(({ line }) => line)).toEqual([
      'POST /collections/s/points',
      'POST /collections/s/points/query',
    ])
    expect(asked()[1]?.body).toMatchObject({
      query: {
        recommend: {
          positive: [pointId('a')],
          negative: [pointId('c')],
          strategy: 'average_vector',
        },
      },
      filter: { must_not: [{ has_id: [pointId('a'), pointId('c')] }] },
    })
  })

  test('for the alias to be moved in one request', async () => {
    const { store, asked } = await storeGetting(result({ config: {} }), result(true))
    await store.setLive('s-2')
    expect(asked()[1]).toMatchObject({
      line: 'POST /collections/aliases',
      body: {
        actions: [
          { delete_alias: { alias_name: 'live' } },
          { create_alias: { alias_name: 'live', collection_name: 's-2' } },
        ],
      },
    })
  })
})

describe('a Qdrant client', () => {
  const unavailable = { code: 'unavailable', permanent: false }

  test('tries again while the server is overloaded, and then goes on', async () => {
    const { store, asked } = await storeGetting(
      failing(429, 'Too many requests', { 'retry-after': '0' }),
      failing(503, 'Overloaded', { 'retry-after': '0' }),
      result({ count: 5 }),
    )
    expect(await store.count('s')).toBe(5)
    expect(asked()).toHaveLength(3)
  })

  test('leaves a server alone that asks for long', async () => {
    const { store, asked } = await storeGetting(failing(503, 'Later', { 'retry-after': '60' }))
    await expect(store.count('s')).rejects.toMatchObject({ ...unavailable, retryAfterMs: 60_000 })
    expect(asked()).toHaveLength(1)
  })

  test('gives up after its tries, and says what the server said', async () => {
    const { store, asked } = await storeGetting(failing(500, 'Service internal error: disk'))
    await expect(store.count('s')).rejects.toMatchObject({
      ...unavailable,
      message: 'vector store cannot count: Service internal error: disk',
    })
    expect(asked()).toHaveLength(3)
  })

  test('does not wait for ever for an answer', async () => {
    const { store, asked } = await storeOpened({ timeoutMs: 1_000 }, silent)
    await expect(store.count('s')).rejects.toMatchObject(unavailable)
    expect(asked()).toHaveLength(3)
  })

  test('tells a space that is not there from a vector that does not fit', async () => {
    const absent = await storeGetting(failing(404, "Not found: Collection `s` doesn't exist!"))
    await expect(absent.store.count('s')).rejects.toMatchObject({ code: 'unknown-space' })
    expect(absent.asked()).toHaveLength(1)
    const unfit = await storeGetting(
      failing(400, 'Wrong input: Vector dimension error: expected dim: 8, got 4'),
    )
    await expect(unfit.store.search('s', { vector: east, limit: 1 })).rejects.toMatchObject({
      code: 'bad-vector',
    })
  })

  test('says on opening that its key is not taken, or that nobody is there', async () => {
    const refusing = await startScriptedServer(
      failing(401, 'Must provide an API key or an Authorization bearer token'),
    )
    closing.push(refusing.stop)
    await expect(openQdrantVectors(refusing.endpoint)).rejects.toMatchObject({
      ...unavailable,
      message:
        'vector store cannot be reached: Must provide an API key or an Authorization bearer token',
    })
    expect(refusing.requests).toHaveLength(1)
    const patience = { retries: 1, firstPauseMs: 1 }
    await expect(openQdrantVectors('http://127.0.0.1:1', { patience })).rejects.toMatchObject(
      unavailable,
    )
  })
})
