import { describe, expect, test } from '@jest/globals'
import { baselineNames, evaluateVectors, openBaseline } from '../src/index.ts'
import type { Interval } from '../src/index.ts'
import {
  averagePrecision,
  hitAt,
  occurrences,
  precisionAt,
  skewness,
} from '../src/evaluation/measures.ts'
import { alignments, effectiveRank, uniformity } from '../src/evaluation/geometry.ts'
import { fitPrincipalComponents } from '../src/evaluation/principal-components.ts'
import { rankAll } from '../src/evaluation/ranking.ts'
import { createRandom } from '../src/random.ts'
import { makeImages } from './sounds.ts'

const isRelevant = (index: number) => index >= 10

describe('figures of one query', () => {
  test('by hand', () => {
    const ranking = [10, 1, 11, 2]
    expect(averagePrecision(ranking, isRelevant)).toBeCloseTo((1 + 2 / 3) / 2)
    expect(precisionAt(ranking, isRelevant, 2)).toBe(0.5)
    expect(hitAt([1, 10], isRelevant, 1)).toBe(0)
    expect(hitAt([1, 10], isRelevant, 2)).toBe(1)
  })

  test('a query with nothing to find is not judged', () => {
    expect(averagePrecision([1, 2], isRelevant)).toBeNull()
    expect(precisionAt([1, 2], isRelevant, 2)).toBeNull()
    expect(hitAt([1, 2], isRelevant, 2)).toBeNull()
  })

  test('occurrences and their skewness', () => {
    expect(
      occurrences(
        [
          [1, 2],
          [2, 0],
          [1, 0],
        ],
        1,
      ),
    ).toEqual([0, 2, 1])
    expect(skewness([1, 2, 3])).toBeCloseTo(0)
    // For three zeros and a one: mean 1/4, variance 3/16, third moment 3/32.
    expect(skewness([0, 0, 0, 1])).toBeCloseTo(3 / 32 / (3 / 16) ** 1.5)
    expect(skewness([5, 5])).toBe(0)
  })
})

test('ranking is by cosine, leaves the query out and does not care for length', () => {
  const vectors = [
    [1, 0],
    [10, 1],
    [0, 1],
    [-1, 0],
  ].map((row) => Float32Array.from(row))
  expect(rankAll(vectors)[0]).toEqual([1, 2, 3])
})

describe('evaluation', () => {
  const count = 80
  const random = createRandom(1)
  const previews = Array.from({ length: count }, (_, index) => ({
    recording: `r${Math.floor(index / 2)}`,
    artist: index < 40 ? `a${Math.floor(index / 8)}` : '',
    album: '',
    labels: { genre: index % 4 < 2 ? 'calm' : 'loud' },
  }))
  const noise = () => Float32Array.from({ length: 16 }, () => random.normal())
  const values = (interval: Interval) => interval.value

  test('vectors that are the recording find it every time', () => {
    const recordings = Array.from({ length: count / 2 }, noise)
    const vectors = previews.map((_, index) =>
      recordings[Math.floor(index / 2)]!.map((value) => value + 0.01 * random.normal()),
    )
    const result = evaluateVectors(vectors, previews)
    expect(result.sameRecording.hitAt1).toEqual({ value: 1, low: 1, high: 1 })
    expect(result.sameRecording.hitAt10).toEqual({ value: 1, low: 1, high: 1 })
    expect(values(result.sameArtist.map)).toBeLessThan(0.6)
  })

  test('random vectors find what chance finds', () => {
    const result = evaluateVectors(previews.map(noise), previews)
    const { value, low, high } = result.sameRecording.hitAt10
    expect(low).toBeLessThanOrEqual(value)
    expect(high).toBeGreaterThanOrEqual(value)
    expect(Math.abs(value - 10 / (count - 1))).toBeLessThan(0.15)
    expect(values(result.labels['genre']!.precisionAt10)).toBeGreaterThan(0.3)
    expect(values(result.labels['genre']!.precisionAt10)).toBeLessThan(0.7)
    expect(values(result.effectiveRank)).toBeGreaterThan(12)
    expect(values(result.effectiveRank)).toBeLessThanOrEqual(16)
    // Nobody has an album, so there is nothing to judge.
    expect(values(result.sameAlbum.map)).toBeNaN()
  })

  test('an artist’s own recording does not count as finding the artist', () => {
    // A direction for each recording: all others are equally far, and stand in the order of the list.
    const vectors = previews.map((_, index) =>
      Float32Array.from({ length: count / 2 }, (_unused, at) => (at === index >> 1 ? 1 : 0)),
    )
    // The artist's six others stand together, behind the eight previews of every artist before.
    const expected = [0, 8, 16, 24, 32].flatMap((before) =>
      [1, 2, 3, 4, 5, 6].map((found) => found / (before + found)),
    )
    const { map } = evaluateVectors(vectors, previews).sameArtist
    expect(values(map)).toBeCloseTo(expected.reduce((sum, value) => sum + value, 0) / 30)
  })
})

describe('what goes into an evaluation beside vectors', () => {
  const recordings = Array.from({ length: 12 }, (_, index) => `r${Math.floor(index / 2)}`)
  const previews = recordings.map((recording, index) => {
    return { recording, artist: `a${index >> 2}`, album: '', labels: {} }
  })
  const random = createRandom(2)
  const vectors = recordings.map((_, index) =>
    Float32Array.from({ length: 8 }, (_unused, place) => {
      return (place === index >> 1 ? 3 : 0) + 0.01 * random.normal()
    }),
  )

  test('degraded queries are looked up among the others as they were', () => {
    const { degraded } = evaluateVectors(vectors, previews, {
      degraded: {
        nothing: vectors,
        // Each query sounds like the next recording.
        everything: vectors.map((_, index) => vectors[(index + 2) % 12]!),
      },
    })
    expect(degraded['nothing']!.hitAt1.value).toBe(1)
    expect(degraded['everything']!.hitAt1.value).toBe(0)
  })

  test('reconstruction errors are averaged, and left out where there are none', () => {
    const errors = previews.map((_, index) => index)
    const result = evaluateVectors(vectors, previews, { reconstructionErrors: errors })
    expect(result.reconstructionMse!.value).toBeCloseTo(5.5)
    expect(evaluateVectors(vectors, previews)).not.toHaveProperty('reconstructionMse')
  })

  test('intervals of effective rank and uniformity hold their value', () => {
    const result = evaluateVectors(vectors, previews)
    for (const { value, low, high } of [result.effectiveRank, result.uniformity]) {
      expect(low).toBeLessThanOrEqual(value)
      expect(high).toBeGreaterThanOrEqual(value)
      expect(high).toBeGreaterThan(low)
    }
  })
})

describe('geometry', () => {
  const axis = (place: number, sign = 1) => {
    const vector = new Float32Array(4)
    vector[place] = sign
    return vector
  }

  test('effective rank counts the directions in use', () => {
    const cross = (axes: number) =>
      Array.from({ length: 2 * axes }, (_, at) => axis(at >> 1, at % 2 === 0 ? 1 : -1))
    expect(effectiveRank(cross(1))).toBeCloseTo(1)
    expect(effectiveRank(cross(3))).toBeCloseTo(3)
    // More numbers than vectors: the other product has the same spectrum.
    expect(effectiveRank(cross(1).map((v) => Float32Array.from([...v, ...v])))).toBeCloseTo(1)
  })

  test('alignment is the squared distance to what belongs together', () => {
    const vectors = [axis(0), axis(0), axis(1), axis(2)]
    const pairs = [[0, 1, 2], [3]]
    const belongs = (a: number, b: number) =>
      pairs.some((group) => group.includes(a) && group.includes(b))
    expect(alignments(vectors, belongs)).toEqual([1, 1, 2, null])
  })

  test('uniformity falls as vectors spread', () => {
    expect(uniformity([axis(0), axis(0), axis(0)])).toBeCloseTo(0)
    expect(uniformity([axis(0), axis(1)])).toBeCloseTo(-4)
    expect(uniformity([axis(0), axis(0, -1)])).toBeCloseTo(-8)
  })
})

describe('baselines', () => {
  const images = [...makeImages(3, 2, 160), new Uint8Array(128 * 160)]

  test.each(baselineNames)(
    '%s gives finite vectors of one length, also for silence',
    async (name) => {
      const { embed, close } = await openBaseline(name, images)
      try {
        const vectors = await embed(images)
        expect(vectors).toHaveLength(images.length)
        expect(new Set(vectors.map(({ length }) => length)).size).toBe(1)
        expect(vectors.every((vector) => vector.every(Number.isFinite))).toBe(true)
        if (name === 'random') return
        // One at a time or together, an image has the same vector.
        const [alone] = await embed([images[2]!])
        alone!.forEach((value, place) => expect(value).toBeCloseTo(vectors[2]![place]!, 3))
      } finally {
        await close()
      }
    },
  )

  test('principal components keep distances that lie within them', async () => {
    const flat = (level: number) => new Uint8Array(128 * 160).fill(level)
    const { embed } = fitPrincipalComponents([flat(0), flat(100), flat(255)])
    const [dark, light] = await embed([flat(0), flat(255)])
    expect(Math.abs(light![0]! - dark![0]!)).toBeCloseTo(128, 0)
  })
})
