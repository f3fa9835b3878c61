import { describe, expect, test } from '@jest/globals'
import { createResampler, resample } from '../src/decode/resample.ts'

const RATE_HZ = 22_050

/** A sine of 100 Hz at half of full scale. */
const sine = (rateHz: number, seconds: number): Float32Array =>
  Float32Array.from(
    { length: rateHz * seconds },
    (_, i) => 0.5 * Math.sin((2 * Math.PI * 100 * i) / rateHz),
  )

const worstDifference = (a: Float32Array, b: Float32Array): number =>
  a.reduce((worst, sample, i) => Math.max(worst, Math.abs(sample - b[i]!)), 0)

describe('a change of sample rate', () => {
  const rates = [1_001, 2_000, 44_100, 48_000, 192_000, 384_000, 767_999]
  test.each(rates)('from %d Hz keeps the length and the sound, to its end', async (rateHz) => {
    const converted = await resample(sine(rateHz, 1), rateHz, RATE_HZ)
    expect(converted).toHaveLength(RATE_HZ)
    // Both ends are next to silence, which a filter smooths.
    const [start, end] = [0.1 * RATE_HZ, 0.9 * RATE_HZ]
    const expected = sine(RATE_HZ, 1).subarray(start, end)
    expect(worstDifference(converted.subarray(start, end), expected)).toBeLessThan(0.01)
  })

  test('keeps it in pieces as well', async () => {
    const resampler = await createResampler(48_000, RATE_HZ)
    const whole = sine(48_000, 3)
    let length = 0
    for (let start = 0; start < whole.length; start += 1_237) {
      length += resampler.next(whole.subarray(start, start + 1_237)).length
    }
    length += resampler.end().length
    resampler.close()
    expect(length).toBe(3 * RATE_HZ)
  })

  test('of a signal longer than the library takes', async () => {
    expect(await resample(sine(11_025, 60), 11_025, 44_100)).toHaveLength(60 * 44_100)
  })
})
