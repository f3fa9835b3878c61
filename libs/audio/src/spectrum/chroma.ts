import type { Preset } from '../presets.ts'
import { melEngine } from './mel.ts'
import { estimateTuning } from './tuning.ts'

/** Pitch classes, C first. */
export const CHROMA_BINS = 12

const CENTRE_OCTAVE = 5
const OCTAVE_WIDTH = 2
const SEMITONES_FROM_A_TO_C = 3

/**
 * How much each FFT bin counts towards each pitch class, as `librosa.filters.chroma`: a Gaussian bump per class,
 * of unit length per bin, weighted towards the fifth octave.
 *
 * @returns one row of bins per pitch class
 */
const chromaFilters = (fftSize: number, sampleRateHz: number, tuning: number): Float32Array[] => {
  const lowestAHz = (440 * 2 ** (tuning / CHROMA_BINS)) / 16
  const semitoneOf = (bin: number): number =>
    CHROMA_BINS * Math.log2((bin * sampleRateHz) / fftSize / lowestAHz)
  // Bin 0 has no pitch; librosa puts it one and a half octaves below bin 1.
  const semitones = Array.from({ length: fftSize / 2 + 2 }, (_, bin) =>
    bin === 0 ? semitoneOf(1) - 1.5 * CHROMA_BINS : semitoneOf(bin),
  )
  const bins = fftSize / 2 + 1
  const rows = Array.from({ length: CHROMA_BINS }, () => new Float32Array(bins))
  for (let bin = 0; bin < bins; bin++) {
    const semitone = semitones[bin]!
    const width = Math.max(semitones[bin + 1]! - semitone, 1)
    const bumps = rows.map((_, pitch) => {
      const distance = wrapped(semitone - pitch)
      return Math.exp(-0.5 * ((2 * distance) / width) ** 2)
    })
    const length = Math.hypot(...bumps)
    const octaves = (semitone / CHROMA_BINS - CENTRE_OCTAVE) / OCTAVE_WIDTH
    const weight = Math.exp(-0.5 * octaves * octaves) / length
    rows.forEach((row, pitch) => {
      row[bin] = bumps[(pitch + SEMITONES_FROM_A_TO_C) % CHROMA_BINS]! * weight
    })
  }
  return rows
}

/** A distance in semitones brought into −6 … 6, the octave being a circle. */
const wrapped = (semitones: number): number => {
  const shifted = semitones + CHROMA_BINS / 2 + 10 * CHROMA_BINS
  return (((shifted % CHROMA_BINS) + CHROMA_BINS) % CHROMA_BINS) - CHROMA_BINS / 2
}

/**
 * Energy in the twelve pitch classes, as `librosa.feature.chroma_stft` with the recording's own tuning;
 * the strongest class of each frame is 1, all are 0 in silence.
 *
 * @param pcm - as for `melImage`
 * @returns frames × 12 values, one frame after the other, C first
 */
export const chroma = (pcm: Int16Array, preset: Preset): Float32Array => {
  const { fftSize } = preset.mel
  const { sampleRateHz } = preset.pcm
  const bins = fftSize / 2 + 1
  const power = melEngine(preset).power(pcm)
  const frames = power.length / bins
  const tuning = estimateTuning(power, bins, sampleRateHz / fftSize)
  const filters = chromaFilters(fftSize, sampleRateHz, tuning)
  const result = new Float32Array(frames * CHROMA_BINS)
  for (let frame = 0; frame < frames; frame++) {
    const sums = filters.map((row) => {
      let sum = 0
      for (let bin = 0; bin < bins; bin++) sum += row[bin]! * power[frame * bins + bin]!
      return sum
    })
    const strongest = Math.max(...sums)
    if (strongest > 0)
      result.set(
        sums.map((sum) => sum / strongest),
        frame * CHROMA_BINS,
      )
  }
  return result
}
