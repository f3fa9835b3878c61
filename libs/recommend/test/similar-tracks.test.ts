import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { openDatabase, type Database } from '@soundalike/database'
import { openVectors, type VectorStore } from '@soundalike/vectors'
import { similarTracks } from '../src/index.ts'

describe('similar tracks', () => {
  let database: Database
  let vectors: VectorStore

  /** A track so many degrees from the seed, half-way round on each axis. */
  const at = (trackId: string, degrees: number) => {
    const radians = (degrees * Math.PI) / 180
    return {
      trackId,
      vector: Float32Array.of(1, 0, Math.cos(radians), Math.sin(radians)),
      payload: { source: 'folder-00000000', artist: 'Somebody', album: '' },
    }
  }

  beforeAll(async () => {
    database = await openDatabase('pglite:memory')
    vectors = await openVectors('database:', database)
    await vectors.createSpace('s', 4)
    await vectors.upsert('s', [
      at('seed', 0),
      at('copy-of-seed', 0),
      at('near', 20),
      at('copy-of-near', 20),
      at('other-side', -20.5),
      at('far', 90),
      ...Array.from({ length: 120 }, (_, index) => at(`t${index}`, 100 + index / 2)),
    ])
    await vectors.setLive('s')
  })
  afterAll(async () => {
    await vectors.close()
    await database.close()
  })

  const idsFor = async (trackId: string, limit: number): Promise<string[] | undefined> =>
    (await similarTracks(vectors, { trackId, limit }))?.map((neighbour) => neighbour.trackId)

  test('come nearest first, without the seed and copies', async () => {
    expect(await idsFor('seed', 5)).toEqual(['copy-of-near', 'other-side', 'far', 't0', 't1'])
    expect(await idsFor('copy-of-near', 3)).toEqual(['copy-of-seed', 'other-side', 'far'])
  })

  test('say how near they are, as a whole and on each axis', async () => {
    const similar = await similarTracks(vectors, { trackId: 'seed', limit: 3, space: 's' })
    expect(similar?.[2]).toEqual({
      trackId: 'far',
      similarity: expect.closeTo(0.5, 5),
      axes: { time: expect.closeTo(1, 5), frequency: expect.closeTo(0, 5) },
    })
  })

  test('fill the list up to its limit', async () => {
    expect(await idsFor('seed', 100)).toHaveLength(100)
    expect(await idsFor('seed', 1)).toEqual(['copy-of-near'])
  })

  test('are null for a track without a vector', async () => {
    expect(await similarTracks(vectors, { trackId: 'unknown', limit: 10 })).toBeNull()
  })

  test.each([0, 101, 1.5, Number.NaN])('are refused for a limit of %p', async (limit) => {
    await expect(similarTracks(vectors, { trackId: 'seed', limit })).rejects.toThrow(RangeError)
  })

  test('are refused in a space that is not there', async () => {
    const query = { trackId: 'seed', limit: 1, space: 'nowhere' }
    await expect(similarTracks(vectors, query)).rejects.toMatchObject({ code: 'unknown-space' })
  })
})
