import { windowSamples, type Preset } from '../presets.ts'
import { melFilters, type BandFilter } from './mel-filters.ts'
import { shrinkTime } from './shrink.ts'
import { frameCount, stft } from './stft.ts'

const AMPLITUDE_OF_FULL_SCALE = 32_768
/** Power below which librosa's `power_to_db` does not look. */
const MINIMUM_POWER = 1e-10
const TOP_LEVEL = 255

/**
 * PCM as the mel image sees it: a full window of samples in −1 … 1. Longer PCM gives its centre,
 * shorter PCM is repeated, so that no part of the image is silence the track does not have.
 */
export const windowOf = (pcm: Int16Array, preset: Preset): Float32Array => {
  const length = windowSamples(preset)
  const signal = new Float32Array(length)
  const offset = Math.max(0, Math.floor((pcm.length - length) / 2))
  const kept = Math.min(pcm.length, length)
  for (let i = 0; i < kept; i++) signal[i] = pcm[offset + i]! / AMPLITUDE_OF_FULL_SCALE
  for (let filled = kept; filled > 0 && filled < length; filled *= 2) {
    signal.copyWithin(filled, 0, Math.min(filled, length - filled))
  }
  return signal
}

const filterTables = new Map<string, BandFilter[]>()

const filtersOf = (preset: Preset): BandFilter[] => {
  const shape = { ...preset.mel, sampleRateHz: preset.pcm.sampleRateHz }
  const key = [shape.sampleRateHz, shape.fftSize, shape.bands, shape.minHz, shape.maxHz].join()
  const known = filterTables.get(key)
  if (known !== undefined) return known
  const created = melFilters(shape)
  filterTables.set(key, created)
  return created
}

/**
 * Power in each mel band, as `librosa.feature.melspectrogram(power=2)`.
 *
 * @param signal - samples in −1 … 1
 * @returns frames × bands values, one frame after the other, lowest band first
 */
export const melPower = (signal: Float32Array, preset: Preset): Float32Array => {
  const { bands, hopSamples } = preset.mel
  const filters = filtersOf(preset)
  const highest = filters.reduce((bin, f) => Math.max(bin, f.firstBin + f.weights.length), 0)
  const power = new Float32Array(highest)
  const result = new Float32Array(frameCount(signal.length, hopSamples) * bands)
  stft(signal, preset.mel, (spectrum, frame) => {
    binPower(spectrum, power)
    for (let band = 0; band < bands; band++) {
      const { firstBin, weights } = filters[band]!
      let sum = 0
      for (let i = 0; i < weights.length; i++) sum += weights[i]! * power[firstBin + i]!
      result[frame * bands + band] = sum
    }
  })
  return result
}

/** Squared magnitude of the lowest bins, as many as `power` holds. */
export const binPower = (spectrum: Float32Array, power: Float32Array): void => {
  const nyquist = spectrum.length / 2
  const inner = Math.min(power.length, nyquist)
  power[0] = spectrum[0]! * spectrum[0]!
  for (let bin = 1; bin < inner; bin++) {
    const [re, im] = [spectrum[2 * bin]!, spectrum[2 * bin + 1]!]
    power[bin] = re * re + im * im
  }
  if (power.length > nyquist) power[nyquist] = spectrum[1]! * spectrum[1]!
}

/**
 * Decibels relative to the loudest value, none below the floor; as `librosa.power_to_db(ref=np.max)`.
 * In place: `power` becomes levels from `floorDb` to 0. All-silent input is 0 dB throughout, as librosa has it.
 */
export const toDecibels = (power: Float32Array, floorDb: number): Float32Array => {
  let loudest = MINIMUM_POWER
  for (let i = 0; i < power.length; i++) loudest = Math.max(loudest, power[i]!)
  const reference = 10 * Math.log10(loudest)
  for (let i = 0; i < power.length; i++) {
    const level = 10 * Math.log10(Math.max(MINIMUM_POWER, power[i]!)) - reference
    power[i] = Math.max(floorDb, level)
  }
  return power
}

/**
 * Mel image of a track: mel power in decibels below the track's maximum, from the floor to 0 dB mapped
 * to 0 … 255, frames reduced to the preset's columns.
 *
 * @param pcm - mono samples at the preset's rate; see {@link windowOf} for other lengths than the window
 * @returns bands × columns bytes, row after row, lowest band first
 */
export const melImage = (pcm: Int16Array, preset: Preset): Uint8Array => {
  const { bands, columns, floorDb } = preset.mel
  const levels = toDecibels(melPower(windowOf(pcm, preset), preset), floorDb)
  const shrunk = shrinkTime(levels, bands, columns)
  const scale = TOP_LEVEL / -floorDb
  const image = new Uint8Array(bands * columns)
  for (let band = 0; band < bands; band++) {
    for (let column = 0; column < columns; column++) {
      const level = (shrunk[column * bands + band]! - floorDb) * scale
      image[band * columns + column] = Math.min(TOP_LEVEL, Math.max(0, Math.round(level)))
    }
  }
  return image
}
