import { describe, expect, test } from '@jest/globals'
import { fuzz } from '../fuzz/fuzz.ts'
import { ffmpegPresent } from '../src/decode/ffmpeg.ts'

const choices = ffmpegPresent() ? (['ffmpeg', 'libraries'] as const) : (['libraries'] as const)

describe('damaged files', () => {
  test.each(choices)('end in sound or in a reason, with %s', async (decoder) => {
    const { outcomes, findings } = await fuzz({ count: 48, seed: 1_000_000, decoder })
    expect(findings).toEqual([])
    expect(Object.values(outcomes).reduce((sum, count) => sum + count, 0)).toBe(48)
    expect(outcomes['sound']).toBeGreaterThan(5)
  })
})
