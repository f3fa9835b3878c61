import { describe, expect, test } from '@jest/globals'
import type { Finishing, TrackSample } from '../src/finishing.ts'
import { fitStandard, fitWhitened } from '../src/evaluation/rescale.ts'
import { finish, fitFinishing, identityFinishing } from '../src/finishing.ts'
import { createRandom } from '../src/random.ts'

const random = createRandom(2)
/** A library in which a few directions drown the others, away from the origin. */
const library = Array.from({ length: 400 }, () => {
  const loud = random.normal()
  return Float32Array.from(
    { length: 256 },
    (_, place) => 3 + random.normal() * (1 + (place % 5)) + (place % 128 < 20 ? 10 * loud : 0),
  )
})

/** Places of an axis where halves differ, and where a guise does. */
const passes = (place: number) => place % 128 < 20
const isDisguised = (place: number) => place % 128 >= 40 && place % 128 < 60

/** Tracks whose halves are the same but for what passes, and which look the same but for their guise. */
const samplesOf = (vectors: readonly Float32Array[]): TrackSample[] =>
  vectors.map((vector) => {
    const passing = vector.map((_, place) => (passes(place) ? 4 : 0.3) * random.normal())
    return {
      halves: [
        vector.map((value, place) => value + passing[place]!),
        vector.map((value, place) => value - passing[place]!),
      ],
      inGuise: vector.map((value, place) => value + (isDisguised(place) ? 9 : 0) * random.normal()),
    }
  })

describe('finishing', () => {
  const finishing = fitFinishing(samplesOf(library))
  const finished = library.map((vector) => finish(finishing, vector))

  test('centres the library and gives both axes the same energy', () => {
    const mean = finished[0]!.map((_, place) => {
      return finished.reduce((sum, vector) => sum + vector[place]!, 0) / finished.length
    })
    expect(Math.max(...mean.map(Math.abs))).toBeLessThan(1e-3)
    const energy = (from: number) =>
      finished.reduce((sum, vector) => {
        return sum + vector.subarray(from, from + 128).reduce((own, value) => own + value ** 2, 0)
      }, 0)
    expect(energy(0) / energy(128)).toBeCloseTo(1, 1)
  })

  test('takes the weight off what passes within a track, and off what a guise changes', () => {
    const change = (place: number) => {
      const vector = library[0]!.slice()
      vector[place]! += 1
      const other = finish(finishing, vector)
      return Math.hypot(...other.map((value, at) => value - finished[0]![at]!))
    }
    const mean = (places: number[]) =>
      places.reduce((sum, place) => sum + change(place), 0) / places.length
    const steady = mean([20, 25, 30, 35])
    expect(mean([0, 5, 10, 15])).toBeLessThan(steady / 3)
    expect(mean([40, 45, 50, 55])).toBeLessThan(steady / 2)
  })

  test('takes the weight off directions the whole library shares', () => {
    const cosine = (a: Float32Array, b: Float32Array) => {
      const dot = (x: Float32Array, y: Float32Array) =>
        x.reduce((s, value, i) => s + value * y[i]!, 0)
      return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
    }
    const meanSize = (vectors: Float32Array[]) => {
      const cosines = vectors.slice(1).map((vector) => Math.abs(cosine(vectors[0]!, vector)))
      return cosines.reduce((sum, value) => sum + value, 0) / cosines.length
    }
    expect(meanSize(finished)).toBeLessThan(meanSize(library) / 2)
  })

  test('a library of one track, or of equal ones, leaves differences as they are', () => {
    const [one, other] = [library[0]!, library[1]!]
    const track: TrackSample = { halves: [one, other], inGuise: one }
    const difference = (fitted: Finishing) => {
      const [first, second] = [finish(fitted, one), finish(fitted, library[2]!)]
      return first.map((value, place) => value - second[place]!)
    }
    const expected = difference(identityFinishing(128))
    for (const count of [1, 2, 5]) {
      const same = Array.from({ length: count }, () => track)
      const found = difference(fitFinishing(same))
      found.forEach((value, place) => expect(value).toBeCloseTo(expected[place]!, 3))
    }
  })

  test('halves that never differ give finite vectors', () => {
    const still = library.slice(0, 2).map((same): TrackSample => {
      return { halves: [same, same], inGuise: same }
    })
    const vector = finish(fitFinishing(still), library[2]!)
    expect(vector.every(Number.isFinite)).toBe(true)
    expect(Math.hypot(...vector)).toBeGreaterThan(0)
  })
})

describe('a number that never varies in the library', () => {
  const constants = [0, 100]
  const constant = Math.fround(0.01)
  const withConstants = (vector: Float32Array) =>
    vector.map((value, place) => (constants.includes(place) ? constant : value))
  const rows = Array.from({ length: 300 }, () =>
    withConstants(Float32Array.from({ length: 256 }, () => random.normal())),
  )
  /** A new track, in which they move. */
  const moved = rows[0]!.map((value, place) => (constants.includes(place) ? 0.5 : value))

  test.each<[string, () => (row: Float32Array) => Float32Array]>([
    [
      'finishing',
      () => {
        const fitted = fitFinishing(
          samplesOf(rows).map(({ inGuise, halves: [first, second] }) => {
            return {
              halves: [withConstants(first), withConstants(second)],
              inGuise: withConstants(inGuise),
            }
          }),
        )
        return (row) => finish(fitted, row)
      },
    ],
    ['the standard of a baseline', () => fitStandard(rows)],
    ['the whitening of a baseline', () => fitWhitened(rows)],
  ])('does not drown the others in %s', (_, fit) => {
    const rescale = fit()
    const own = rescale(rows[0]!)
    const other = rescale(moved)
    expect(Math.hypot(...own)).toBeLessThan(100)
    // It said nothing in the library, so it says nothing of the track.
    other.forEach((value, place) => expect(value).toBeCloseTo(own[place]!, 3))
  })
})
