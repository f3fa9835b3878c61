import { describe, expect, test } from '@jest/globals'
import {
  cropsPerStep,
  divideValidation,
  drawEpoch,
  drawValidation,
} from '../src/training/batches.ts'
import { splitByArtist } from '../src/training/split.ts'

describe('split', () => {
  const labels = Array.from({ length: 100 }, (_, image) => ({
    artist: image % 7 === 0 ? '' : `a${image % 20}`,
    recording: image % 7 === 0 ? `r${Math.floor(image / 14)}` : String(image),
  }))

  test('puts every image on one side, and no artist or recording on both', () => {
    const split = splitByArtist(labels, 1)
    const training = split.training.flat()
    const validation = split.validation.flat()
    expect([...training, ...validation].sort((a, b) => a - b)).toEqual([...labels.keys()])
    for (const label of ['artist', 'recording'] as const) {
      const named = (images: number[]) =>
        new Set(images.map((image) => labels[image]![label]).filter(Boolean))
      expect([...named(training)].filter((name) => named(validation).has(name))).toEqual([])
    }
    expect(validation.length).toBeGreaterThan(3)
    expect(validation.length).toBeLessThanOrEqual(10)
  })

  test('keeps the images of a recording together', () => {
    const { training, validation } = splitByArtist(labels, 1)
    for (const images of [...training, ...validation]) {
      expect(new Set(images.map((image) => labels[image]!.recording)).size).toBe(1)
    }
    expect([...training, ...validation].some(({ length }) => length > 1)).toBe(true)
  })

  test('follows the seed', () => {
    expect(splitByArtist(labels, 1)).toEqual(splitByArtist(labels, 1))
    expect(splitByArtist(labels, 1)).not.toEqual(splitByArtist(labels, 2))
  })

  test('never takes the only artist away from training', () => {
    const one = ['1', '2', '3'].map((recording) => ({ artist: 'x', recording }))
    expect(splitByArtist(one, 1)).toEqual({ training: [[0], [1], [2]], validation: [] })
  })
})

describe('draws', () => {
  const recordings = [...Array(50).keys()].map((index) => [index])
  const options = { batchSize: 16, viewsPerTrack: 2, seed: 1, epoch: 1 }

  test('an epoch shows every image, in pairs of two places, in batches of one size', () => {
    const batches = drawEpoch({ ...options, recordings })
    expect(batches.every((batch) => batch.length === 16)).toBe(true)
    const draws = batches.flat()
    expect(new Set(draws.map(({ image }) => image)).size).toBe(recordings.length)
    for (let pair = 0; pair < draws.length; pair += 2) {
      expect(draws[pair]!.image).toBe(draws[pair + 1]!.image)
      expect(draws[pair]!.position).not.toBe(draws[pair + 1]!.position)
      expect(draws[pair]!.variation).not.toBe(draws[pair + 1]!.variation)
    }
  })

  test('views of a recording come from different images where it has several', () => {
    const groups = [...Array(30).keys()].map((index) => [3 * index, 3 * index + 1, 3 * index + 2])
    const draws = drawEpoch({ ...options, recordings: groups }).flat()
    expect(new Set(draws.map(({ image }) => image)).size).toBe(90)
    for (let pair = 0; pair < draws.length; pair += 2) {
      const [first, second] = [draws[pair]!.image, draws[pair + 1]!.image]
      expect(first).not.toBe(second)
      expect(Math.floor(first / 3)).toBe(Math.floor(second / 3))
    }
  })

  test('epochs differ, and the same epoch does not', () => {
    const draw = (epoch: number) => drawEpoch({ ...options, recordings, epoch })
    expect(draw(1)).toEqual(draw(1))
    expect(draw(1)).not.toEqual(draw(2))
  })

  test('validation is bounded, the same every time, and keeps views together', () => {
    const many = [...Array(5_000).keys()].map((index) => [2 * index, 2 * index + 1])
    const draws = drawValidation(many, 2)
    expect(draws).toHaveLength(1_024)
    expect(draws.slice(0, 2)).toMatchObject([
      { image: 0, position: 0.25 },
      { image: 1, position: 0.75 },
    ])
    expect(drawValidation([[3]], 1)).toMatchObject([{ image: 3, position: 0.5 }])
  })

  test.each([1, 2, 4, 8])('%d ranks have 16 crops each, or what was wanted', (ranks) => {
    expect(cropsPerStep(32, ranks) / ranks).toBeGreaterThanOrEqual(16)
    expect(cropsPerStep(512, ranks)).toBe(512)
  })

  const libraries = [2, 3, 5, 9, 31, 33, 65, 400]
  test.each(libraries)('of %d validation recordings none is judged alone', (count) => {
    const draws = drawValidation(
      Array.from({ length: count }, (_, index) => [index]),
      2,
    )
    for (const ranks of [1, 2, 4, 8]) {
      const parts = divideValidation(draws, 2, ranks)
      expect(parts.flat()).toEqual(draws)
      const sizes = parts.map(({ length }) => length)
      expect(Math.min(...sizes)).toBeGreaterThanOrEqual(4)
      expect(Math.max(...sizes)).toBeLessThanOrEqual(64)
    }
  })

  test('one validation recording, or none, is judged as it is', () => {
    const [draw] = drawValidation([[7]], 1)
    expect(divideValidation([draw!], 1, 2)).toEqual([[draw]])
    expect(divideValidation([], 2, 2)).toEqual([])
  })
})
