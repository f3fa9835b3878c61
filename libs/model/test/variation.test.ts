import { describe, expect, test } from '@jest/globals'
import { createRandom } from '../src/random.ts'
import { cutVaried, varyImage } from '../src/training/variation.ts'

const columns = 300
const random = createRandom(1)
const noise = Uint8Array.from({ length: 128 * columns }, () => random.below(256))

const vary = (image: Uint8Array, variation: number, position = 0.5) =>
  cutVaried([{ image: 0, position, variation }], [image])

const correlation = (a: Float32Array, b: Float32Array): number => {
  const centre = (values: Float32Array) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    return values.map((value) => value - mean)
  }
  const [x, y] = [centre(a), centre(b)]
  const dot = (p: Float32Array, q: Float32Array) => p.reduce((sum, v, at) => sum + v * q[at]!, 0)
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y))
}

describe('varied crops', () => {
  test('are the same for the same number and others for another', () => {
    expect(vary(noise, 7)).toEqual(vary(noise, 7))
    expect(vary(noise, 7)).not.toEqual(vary(noise, 8))
  })

  test('stay in range, at either end of an image and in one that is just wide enough', () => {
    for (let variation = 0; variation < 40; variation++) {
      for (const [image, position] of [
        [noise, 0],
        [noise, 0.999_999],
        [noise.subarray(0, 128 * 128), 0.5],
      ] as const) {
        const crop = vary(image, variation, position)
        expect(crop).toHaveLength(128 * 128)
        expect(crop.every((value) => value >= 0 && value <= 1)).toBe(true)
      }
    }
  })

  test('of a whole image make one of the same size, in the same guise for the same number', () => {
    const varied = varyImage(noise, 3)
    expect(varied).toHaveLength(noise.length)
    expect(varied).toEqual(varyImage(noise, 3))
    expect(varied).not.toEqual(varyImage(noise, 4))
  })

  test('keep the shape of a sound: bands that are loud stay loud', () => {
    const image = new Uint8Array(128 * columns)
    for (let band = 0; band < 128; band++) {
      const level = 130 + 100 * Math.sin(band / 9)
      image.fill(level, band * columns, (band + 1) * columns)
    }
    const still = Float32Array.from({ length: 128 * 128 }, (_, at) => {
      return (130 + 100 * Math.sin(Math.floor(at / 128) / 9)) / 255
    })
    for (let variation = 0; variation < 20; variation++) {
      expect(correlation(vary(image, variation), still)).toBeGreaterThan(0.7)
    }
  })
})
