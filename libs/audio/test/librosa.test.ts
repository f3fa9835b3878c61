import { describe, expect, test } from '@jest/globals'
import { chroma, melImage, mfcc, presets, type Preset } from '../src/index.ts'
import { everyRow, fixture, floats, shareWithin } from './fixtures/numbers.ts'
import { signalPcm, type SignalName } from './fixtures/signals.ts'

const MFCC_EVERY = 32
const CHROMA_EVERY = 8

const cases: [keyof typeof presets, SignalName][] = [
  ['seed-v1', 'tune'],
  ['seed-v1', 'sweep'],
  ['seed-v1', 'clicks'],
  ['seed-v1', 'noise'],
  ['seed-v1', 'silence'],
  ['hires', 'tune'],
]

const made = new Map<string, Int16Array>()

const pcmOf = (signal: SignalName, preset: Preset): Int16Array => {
  const key = `${signal} ${preset.name}`
  const pcm = made.get(key) ?? signalPcm(signal, preset.pcm.sampleRateHz)
  made.set(key, pcm)
  return pcm
}

describe('mel image against librosa and scikit-image', () => {
  test.each(cases)('%s, %s: within one level of 255 at 99.9 %% of pixels', (name, signal) => {
    const preset = presets[name]
    const image = melImage(pcmOf(signal, preset), preset)
    expect(image).toHaveLength(preset.mel.bands * preset.mel.columns)
    expect(shareWithin(image, fixture(`${name}.${signal}.mel`), 1)).toBeGreaterThanOrEqual(0.999)
  })
})

describe.each(cases)('planes of %s, %s, against librosa', (name, signal) => {
  const preset = presets[name]

  test('MFCC within 0.05 dB at 99.9 % of values', () => {
    const ours = mfcc(pcmOf(signal, preset), preset)
    const theirs = floats(`${name}.${signal}.mfcc`)
    const share = shareWithin(everyRow(ours, preset.mel.bands, MFCC_EVERY), theirs, 0.05)
    expect(share).toBeGreaterThanOrEqual(0.999)
  })

  test('chroma within 1/255 at 99.9 % of values', () => {
    const ours = chroma(pcmOf(signal, preset), preset)
    const theirs = floats(`${name}.${signal}.chroma`)
    const share = shareWithin(everyRow(ours, 12, CHROMA_EVERY), theirs, 1 / 255)
    expect(share).toBeGreaterThanOrEqual(0.999)
  })
})
