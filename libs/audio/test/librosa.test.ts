import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { chroma, melImage, mfcc, presets, type Preset } from '../src/index.ts'
import { signalPcm, type SignalName } from './fixtures/signals.ts'

const MFCC_EVERY = 32
const CHROMA_EVERY = 8

const fixture = (name: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(gunzipSync(readFileSync(new URL(`fixtures/${name}.gz`, import.meta.url))))

const floats = (name: string): Float32Array => new Float32Array(fixture(name).buffer)

const made = new Map<string, Int16Array>()

const pcmOf = (signal: SignalName, preset: Preset): Int16Array => {
  const key = `${signal} ${preset.name}`
  const pcm = made.get(key) ?? signalPcm(signal, preset.pcm.sampleRateHz)
  made.set(key, pcm)
  return pcm
}

/** Every n-th row of a matrix. */
const everyRow = (values: Float32Array, width: number, n: number): number[] =>
  [...values].filter((_, index) => Math.floor(index / width) % n === 0)

const shareWithin = (ours: ArrayLike<number>, theirs: ArrayLike<number>, tolerance: number) => {
  expect(ours.length).toBe(theirs.length)
  const near = Array.from(ours).filter((value, i) => Math.abs(value - theirs[i]!) <= tolerance)
  return near.length / theirs.length
}

describe('mel image against librosa and scikit-image', () => {
  test.each<[keyof typeof presets, SignalName]>([
    ['seed-v1', 'tune'],
    ['seed-v1', 'sweep'],
    ['seed-v1', 'clicks'],
    ['seed-v1', 'noise'],
    ['seed-v1', 'silence'],
    ['hires', 'tune'],
  ])('%s, %s: within one level of 255 at 99.9 %% of pixels', (name, signal) => {
    const preset = presets[name]
    const image = melImage(pcmOf(signal, preset), preset)
    expect(image).toHaveLength(preset.mel.bands * preset.mel.columns)
    expect(shareWithin(image, fixture(`${name}.${signal}.mel`), 1)).toBeGreaterThanOrEqual(0.999)
  })
})

describe.each<[keyof typeof presets, SignalName]>([
  ['seed-v1', 'tune'],
  ['seed-v1', 'sweep'],
  ['seed-v1', 'noise'],
  ['hires', 'tune'],
])('planes of %s, %s, against librosa', (name, signal) => {
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
