import { windowSamples, type Preset } from '../presets.ts'
import { toDecibels } from './decibels.ts'
import { melFilters, type MelFilters } from './mel-filters.ts'
import { shrinkTime } from './shrink.ts'
import { frameCount, stft } from './stft.ts'

const AMPLITUDE_OF_FULL_SCALE = 32_768
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

const filterTables = new Map<string, MelFilters>()

const filtersOf = (preset: Preset): MelFilters => {
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
  const result = new Float32Array(frameCount(signal.length, hopSamples) * bands)
  stft(signal, preset.mel, (spectrum, frame) => {
    addBands(spectrum, filters, result, frame * bands)
  })
  return result
}

/** Adds a spectrum's power to the bands of one frame. The Nyquist bin lies on no filter's slope and is left out. */
const addBands = (
  spectrum: Float32Array,
  { starts, rising, falling }: MelFilters,
  result: Float32Array,
  offset: number,
): void => {
  const segments = starts.length - 1
  const first = starts[0]!
  let fromBelow = 0
  for (let segment = 0; segment < segments; segment++) {
    const end = Math.min(starts[segment + 1]!, spectrum.length >> 1)
    let up = 0
    let down = 0
    for (let bin = starts[segment]!; bin < end; bin++) {
      const re = spectrum[2 * bin]!
      const im = bin === 0 ? 0 : spectrum[2 * bin + 1]!
      const power = re * re + im * im
      up += power * rising[bin - first]!
      down += power * falling[bin - first]!
    }
    if (segment > 0) result[offset + segment - 1] = fromBelow + down
    fromBelow = up
  }
}

/** Squared magnitude of every bin of a spectrum, Nyquist included. */
export const binPower = (spectrum: Float32Array, power: Float32Array): void => {
  const nyquist = spectrum.length / 2
  power[0] = spectrum[0]! * spectrum[0]!
  for (let bin = 1; bin < nyquist; bin++) {
    const re = spectrum[2 * bin]!
    const im = spectrum[2 * bin + 1]!
    power[bin] = re * re + im * im
  }
  power[nyquist] = spectrum[1]! * spectrum[1]!
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
  for (let column = 0; column < columns; column++) {
    for (let band = 0; band < bands; band++) {
      // From 0 to 255 whatever the input, so that adding a half and cutting off is rounding.
      image[band * columns + column] = (shrunk[column * bands + band]! - floorDb) * scale + 0.5
    }
  }
  return image
}
