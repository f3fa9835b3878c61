import { describe, expect, test } from '@jest/globals'
import { drawEpoch, drawValidation } from '../src/training/batches.ts'
import { splitByArtist } from '../src/training/split.ts'

describe('split', () => {
  const artists = Array.from({ length: 100 }, (_, track) =>
    track % 7 === 0 ? '' : `a${track % 20}`,
  )

  test('puts every track on one side and no artist on both', () => {
    const { training, validation } = splitByArtist(artists, 1)
    expect([...training, ...validation].sort((a, b) => a - b)).toEqual([...artists.keys()])
    const named = (tracks: number[]) =>
      new Set(tracks.map((track) => artists[track]).filter(Boolean))
    expect([...named(training)].filter((artist) => named(validation).has(artist))).toEqual([])
    expect(validation.length).toBeGreaterThan(3)
    expect(validation.length).toBeLessThanOrEqual(10)
  })

  test('follows the seed', () => {
    expect(splitByArtist(artists, 1)).toEqual(splitByArtist(artists, 1))
    expect(splitByArtist(artists, 1)).not.toEqual(splitByArtist(artists, 2))
  })

  test('never takes the only artist away from training', () => {
    expect(splitByArtist(['x', 'x', 'x'], 1)).toEqual({ training: [0, 1, 2], validation: [] })
  })
})

describe('draws', () => {
  const images = [...Array(50).keys()]

  test('an epoch shows every image, in pairs of two places, in batches of one size', () => {
    const batches = drawEpoch({ images, batchSize: 16, viewsPerTrack: 2, seed: 1, epoch: 1 })
    expect(batches.every((batch) => batch.length === 16)).toBe(true)
    const draws = batches.flat()
    expect(new Set(draws.map(({ image }) => image)).size).toBe(images.length)
    for (let pair = 0; pair < draws.length; pair += 2) {
      expect(draws[pair]!.image).toBe(draws[pair + 1]!.image)
      expect(draws[pair]!.position).not.toBe(draws[pair + 1]!.position)
    }
  })

  test('epochs differ, and the same epoch does not', () => {
    const draw = (epoch: number) =>
      drawEpoch({ images, batchSize: 16, viewsPerTrack: 1, seed: 1, epoch })
    expect(draw(1)).toEqual(draw(1))
    expect(draw(1)).not.toEqual(draw(2))
  })

  test('validation is bounded, the same every time, and keeps views together', () => {
    const draws = drawValidation([...Array(5_000).keys()], 2)
    expect(draws).toHaveLength(1_024)
    expect(draws.slice(0, 2)).toEqual([
      { image: 0, position: 0.25 },
      { image: 0, position: 0.75 },
    ])
    expect(drawValidation([3], 1)).toEqual([{ image: 3, position: 0.5 }])
  })
})
