import { describe, expect, it } from '@jest/globals'
import { skipLoudly } from '@soundalike/testkit'
import { defaultLimits, degradations, ffmpegPresent, throughLowBitRate } from '../src/index.ts'
import { degrade } from '../src/degrade/degrade.ts'

const RATE_HZ = 22_050

const tone = (hz: number, amplitude = 0.25, seconds = 4): Int16Array =>
  Int16Array.from({ length: seconds * RATE_HZ }, (_, at) =>
    Math.round(32_767 * amplitude * Math.sin((2 * Math.PI * hz * at) / RATE_HZ)),
  )

/** Root mean square, away from both ends. */
const levelOf = (pcm: ArrayLike<number>): number => {
  const inner = Array.from(pcm).slice(RATE_HZ / 2, -RATE_HZ / 2)
  return Math.sqrt(inner.reduce((sum, value) => sum + value * value, 0) / inner.length)
}

const decibels = (after: ArrayLike<number>, before: ArrayLike<number>) =>
  20 * Math.log10(levelOf(after) / levelOf(before))

/** Frequency of a tone, by its rising zero crossings. */
const pitchOf = (pcm: Int16Array): number => {
  const inner = pcm.subarray(RATE_HZ / 2, -RATE_HZ / 2)
  const crossings = [...inner.keys()].filter((at) => inner[at]! >= 0 && (inner[at - 1] ?? 0) < 0)
  return ((crossings.length - 1) * RATE_HZ) / (crossings.at(-1)! - crossings[0]!)
}

describe('degrading', () => {
  it.each(degradations)('%s is the same every time and stays finite for silence', async (name) => {
    const sound = tone(440)
    expect(await degrade(sound, RATE_HZ, name)).toEqual(await degrade(sound, RATE_HZ, name))
    const silence = await degrade(new Int16Array(RATE_HZ), RATE_HZ, name)
    expect(silence.every((sample) => sample === 0)).toBe(true)
  })

  it('changes loudness by 6 dB, and clips rather than wraps', async () => {
    expect(decibels(await degrade(tone(440), RATE_HZ, 'louder'), tone(440))).toBeCloseTo(6, 1)
    expect(decibels(await degrade(tone(440), RATE_HZ, 'quieter'), tone(440))).toBeCloseTo(-6, 1)
    const loud = tone(440, 0.9)
    const louder = await degrade(loud, RATE_HZ, 'louder')
    expect(Math.max(...louder)).toBe(32_767)
    expect(louder.every((sample, at) => sample * loud[at]! >= 0)).toBe(true)
  })

  it('tilts bass down and treble up, and leaves the middle', async () => {
    for (const [hz, gainDb] of [
      [50, -4],
      [900, 0],
      [9_000, 4],
    ] as const) {
      const change = decibels(await degrade(tone(hz), RATE_HZ, 'equaliser'), tone(hz))
      expect(Math.abs(change - gainDb)).toBeLessThan(0.6)
    }
  })

  it('shifts a semitone and keeps the tempo', async () => {
    const shifted = await degrade(tone(440), RATE_HZ, 'semitone')
    expect(Math.abs(pitchOf(shifted) - 466.16)).toBeLessThan(3)
    expect(Math.abs(shifted.length / tone(440).length - 1)).toBeLessThan(0.001)
    expect(Math.abs(decibels(shifted, tone(440)))).toBeLessThan(1)
  })

  it('plays 5 % faster and keeps the pitch', async () => {
    const faster = await degrade(tone(440), RATE_HZ, 'tempo')
    expect(Math.abs(pitchOf(faster) - 440)).toBeLessThan(3)
    expect(tone(440).length / faster.length).toBeCloseTo(1.05, 3)
  })

  it('adds noise 20 dB below, which falls towards the treble', async () => {
    const sound = tone(440)
    const noisy = await degrade(sound, RATE_HZ, 'noise')
    const noise = noisy.map((sample, at) => sample - sound[at]!)
    expect(decibels(noise, sound)).toBeCloseTo(-20, 0)
    const treble = noise.map((sample, at) => sample - (noise[at - 1] ?? 0))
    // White noise would gain 3 dB by taking differences.
    expect(decibels(treble, noise)).toBeLessThan(-3)
  })
})

if (ffmpegPresent()) {
  describe('a low bit rate', () => {
    it('comes out as long and as loud', async () => {
      const sound = tone(440)
      const heard = await throughLowBitRate(sound, RATE_HZ, defaultLimits)
      expect(heard).not.toEqual(sound)
      expect(Math.abs(heard.length / sound.length - 1)).toBeLessThan(0.05)
      expect(Math.abs(pitchOf(heard) - 440)).toBeLessThan(1)
      expect(Math.abs(decibels(heard, sound))).toBeLessThan(1)
    })
  })
} else await skipLoudly('a low bit rate', 'no ffmpeg here: nothing to make an MP3 with')
