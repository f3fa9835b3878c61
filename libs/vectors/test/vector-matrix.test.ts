import { describe, expect, test } from '@jest/globals'
import { skipLoudly } from '@soundalike/testkit'
import { nativeKernel, plainKernel, type Kernel } from '../src/kernel.ts'
import { VectorMatrix } from '../src/vector-matrix.ts'
import { randomNumbers, randomVectors, referenceCosine } from './random-vectors.ts'

const size = 4
const payload = { source: '', artist: '', album: '' }
const native = await nativeKernel()
if (native === null) await skipLoudly('matrix with the native kernel', 'usearch does not load here')

const kernels: [string, Kernel][] = [['plain', plainKernel]]
if (native !== null) kernels.push(['native', native])

describe.each(kernels)('matrix with the %s kernel', (_, kernel) => {
  /** Ids and similarities of the nearest as sorting everything finds them. */
  const expected = (
    points: ReadonlyMap<string, Float32Array>,
    query: Float32Array,
    limit: number,
  ) =>
    [...points]
      .map(([trackId, vector]) => ({
        trackId,
        similarity: referenceCosine([...query], [...vector]),
      }))
      .sort((a, b) => b.similarity - a.similarity)
      .slice(0, limit)

  test('finds the nearest across segments, as points come, change and go', () => {
    const matrix = new VectorMatrix(size, kernel)
    const points = new Map<string, Float32Array>()
    const next = randomNumbers(7)
    randomVectors(70_000, size).forEach((vector, index) => {
      matrix.set(`t${index}`, vector, payload)
      points.set(`t${index}`, vector)
    })
    for (const vector of randomVectors(5_000, size, 3)) {
      const trackId = `t${Math.floor(Math.abs(next()) * 71_000)}`
      matrix.set(trackId, vector, payload)
      points.set(trackId, vector)
      const gone = `t${Math.floor(Math.abs(next()) * 71_000)}`
      matrix.delete(gone)
      points.delete(gone)
    }
    for (const query of randomVectors(3, size, 5)) {
      const found = matrix.nearest({ vector: query, limit: 20 })
      const wanted = expected(points, query, 20)
      found.forEach(({ trackId, similarity }, place) => {
        expect(similarity).toBeCloseTo(wanted[place]?.similarity ?? 9, 6)
        const own = [...(points.get(trackId) ?? [])]
        expect(similarity).toBeCloseTo(referenceCosine([...query], own), 6)
      })
      expect(new Set(found.map(({ trackId }) => trackId)).size).toBe(20)
    }
  })

  test('is empty again when everything was deleted, down to each segment’s edge', () => {
    const matrix = new VectorMatrix(size, kernel)
    const query = { vector: Float32Array.of(1, 2, 3, 4), limit: 5 }
    const vectors = randomVectors(32_770, size)
    for (let round = 0; round < 2; round += 1) {
      vectors.forEach((vector, index) => matrix.set(`t${index}`, vector, payload))
      expect(matrix.nearest(query)).toHaveLength(5)
      vectors.forEach((_vector, index) => matrix.delete(`t${index}`))
      expect(matrix.nearest(query)).toEqual([])
    }
  })

  test('reads a query that does not begin where its buffer does', () => {
    const matrix = new VectorMatrix(size, kernel)
    matrix.set('a', Float32Array.of(1, 0, 0, 0), payload)
    matrix.set('b', Float32Array.of(0, 1, 0, 0), payload)
    const vector = Float32Array.of(1, 0, 0, 0, 0, 1, 0, 0).subarray(4)
    expect(matrix.nearest({ vector, limit: 1 })).toMatchObject([{ trackId: 'b' }])
  })

  test('fills the list when all are equally near', () => {
    const matrix = new VectorMatrix(size, kernel)
    for (let index = 0; index < 50; index += 1)
      matrix.set(`t${index}`, Float32Array.of(1, 1, 1, 1), payload)
    expect(matrix.nearest({ vector: Float32Array.of(1, 1, 1, 1), limit: 30 })).toHaveLength(30)
  })
})
