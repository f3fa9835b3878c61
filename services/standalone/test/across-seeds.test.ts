import { describe, expect, it } from '@jest/globals'
import { evaluateVectors } from '@soundalike/model'
import { acrossSeeds } from '../src/eval/across-seeds.ts'

const previews = Array.from({ length: 8 }, (_, n) => ({
  recording: String(n >> 1),
  artist: String(n >> 2),
  album: '',
  labels: {},
}))

/** Vectors that put the segments of every recording together, or all but those of the first. */
const vectors = (confused: boolean): Float32Array[] =>
  previews.map((_, n) => {
    const angle = confused && n === 0 ? 9 : (n >> 1) + (n & 1) / 9
    return Float32Array.of(Math.cos(angle), Math.sin(angle))
  })

describe('figures across seeds', () => {
  const [good, worse] = [false, true].map((confused) =>
    evaluateVectors(vectors(confused), previews),
  )
  const together = acrossSeeds([good!, worse!])

  it('are the mean, between the least and the greatest', () => {
    const { value, low, high } = together.sameRecording.hitAt1
    expect(high).toBe(good!.sameRecording.hitAt1.value)
    expect(low).toBe(worse!.sameRecording.hitAt1.value)
    expect(low).toBeLessThan(high)
    expect(value).toBeCloseTo((low + high) / 2, 12)
    expect(Object.keys(together)).toEqual(Object.keys(good!))
  })

  it('leave out what not all have', () => {
    const drawn = evaluateVectors(vectors(false), previews, {
      reconstructionErrors: previews.map(() => 0.1),
    })
    expect(acrossSeeds([drawn, good!])).not.toHaveProperty('reconstructionMse')
    expect(acrossSeeds([drawn, drawn]).reconstructionMse?.value).toBeCloseTo(0.1, 12)
  })
})
