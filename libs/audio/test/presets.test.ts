import { createHash } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import {
  melImage,
  pcmFingerprint,
  presetFingerprint,
  presetNamed,
  presets,
  windowFrames,
  windowSamples,
} from '../src/index.ts'
import { signalPcm } from './fixtures/signals.ts'

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
    const fingerprints = [seed, ...changes].map((preset) => presetFingerprint(preset))
    expect(new Set(fingerprints).size).toBe(fingerprints.length)
    expect(presetFingerprint({ ...seed, name: 'other' })).toBe(presetFingerprint(seed))
  })

  test('the fingerprint of the PCM ignores what only shapes the image', () => {
    expect(pcmFingerprint({ ...seed, mel: presets.hires.mel })).toBe(pcmFingerprint(seed))
    expect(pcmFingerprint(presets.hires)).not.toBe(pcmFingerprint(seed))
  })

  test('fingerprints change with the version of the code, and the first version goes without saying', () => {
    const first = { pcm: 1, mel: 1 }
    expect(pcmFingerprint(seed, first)).toBe('e7e51e89d94c')
    expect(presetFingerprint(seed, first)).toBe('ebebafe733b6')
    const [pcm, mel] = [
      { ...first, pcm: 2 },
      { ...first, mel: 2 },
    ]
    expect(pcmFingerprint(seed, mel)).toBe(pcmFingerprint(seed, first))
    expect(pcmFingerprint(seed, pcm)).not.toBe(pcmFingerprint(seed, first))
    const images = [first, pcm, mel].map((versions) => presetFingerprint(seed, versions))
    expect(new Set(images).size).toBe(3)
  })

  test('the image of a signal is the one this version has always made', () => {
    // When this fails, the output has changed for the same preset: raise the version in presets.ts, then these.
    const image = melImage(signalPcm('tune', seed.pcm.sampleRateHz), seed)
    const hash = createHash('sha256').update(image).digest('hex').slice(0, 12)
    expect([presetFingerprint(seed), hash]).toEqual(['ebebafe733b6', '105ae1e3137c'])
  })

  test('an unknown name is refused with the names there are', () => {
    expect(() => presetNamed('lo-fi')).toThrow('seed-v1, hires')
  })
})
