import { describe, expect, test } from '@jest/globals'
import {
  pcmFingerprint,
  presetFingerprint,
  presetNamed,
  presets,
  windowFrames,
  windowSamples,
} from '../src/index.ts'

const seed = presets['seed-v1']

describe('presets', () => {
  test('seed-v1 is the published reference: 1,292 frames of 30 s at 22,050 Hz become 128 × 512', () => {
    expect(windowSamples(seed)).toBe(661_500)
    expect(windowFrames(seed)).toBe(1292)
    expect([seed.mel.bands, seed.mel.columns]).toEqual([128, 512])
  })

  test('a fingerprint changes with every parameter, and with the name alone it does not', () => {
    const changes = [
      { ...seed, pcm: { ...seed.pcm, minimumSeconds: 4 } },
      { ...seed, mel: { ...seed.mel, maxHz: 9_000 } },
      presets.hires,
    ]
    const fingerprints = [seed, ...changes].map(presetFingerprint)
    expect(new Set(fingerprints).size).toBe(fingerprints.length)
    expect(presetFingerprint({ ...seed, name: 'other' })).toBe(presetFingerprint(seed))
  })

  test('the fingerprint of the PCM ignores what only shapes the image', () => {
    expect(pcmFingerprint({ ...seed, mel: presets.hires.mel })).toBe(pcmFingerprint(seed))
    expect(pcmFingerprint(presets.hires)).not.toBe(pcmFingerprint(seed))
  })

  test('an unknown name is refused with the names there are', () => {
    expect(() => presetNamed('lo-fi')).toThrow('seed-v1, hires')
  })
})
