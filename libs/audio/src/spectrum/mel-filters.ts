/**
 * Triangular filters, cut at the bands' edges. Between two edges one filter falls and the next one rises, and no
 * other reaches there, so each FFT bin needs its power once and two weights.
 */
export interface MelFilters {
  /** Segment `i` covers bins `starts[i]` to `starts[i + 1]` − 1; band `i` rises in it and band `i − 1` falls. */
  readonly starts: Uint32Array
  /** Weights of bin `starts[0] + k`: in the rising filter at 2k, in the falling one at 2k + 1. */
  readonly slopes: Float32Array
}

const HZ_PER_LINEAR_MEL = 200 / 3
const LOG_FROM_HZ = 1_000
const LOG_FROM_MEL = LOG_FROM_HZ / HZ_PER_LINEAR_MEL
const LOG_STEP = Math.log(6.4) / 27

/** Slaney's mel scale: linear up to 1 kHz, logarithmic above. Source: Slaney, Auditory Toolbox, 1998. */
export const hzToMel = (hz: number): number =>
  hz < LOG_FROM_HZ ? hz / HZ_PER_LINEAR_MEL : LOG_FROM_MEL + Math.log(hz / LOG_FROM_HZ) / LOG_STEP

/** Inverse of {@link hzToMel}. */
export const melToHz = (mel: number): number =>
  mel < LOG_FROM_MEL
    ? mel * HZ_PER_LINEAR_MEL
    : LOG_FROM_HZ * Math.exp(LOG_STEP * (mel - LOG_FROM_MEL))

export interface MelShape {
  readonly sampleRateHz: number
  readonly fftSize: number
  readonly bands: number
  readonly minHz: number
  readonly maxHz: number
}

/** Lower edge, centres and upper edge of the bands in Hz: bands + 2 values, rising. */
export const bandEdgesHz = ({ bands, minHz, maxHz }: MelShape): number[] => {
  const [low, high] = [hzToMel(minHz), hzToMel(maxHz)]
  return Array.from({ length: bands + 2 }, (_, i) =>
    melToHz(low + ((high - low) * i) / (bands + 1)),
  )
}

/** Filters of unit area, lowest band first, as `librosa.filters.mel(htk=False, norm='slaney')`. */
export const melFilters = (shape: MelShape): MelFilters => {
  const { bands, fftSize, sampleRateHz } = shape
  const edges = bandEdgesHz(shape)
  const binHz = sampleRateHz / fftSize
  const firstBinFrom = (hz: number): number => Math.min(fftSize / 2 + 1, Math.ceil(hz / binHz))
  const starts = Uint32Array.from(edges, firstBinFrom)
  const [first, end] = [starts[0]!, starts[bands + 1]!]
  const slopes = new Float32Array(2 * (end - first))
  for (let segment = 0; segment <= bands; segment++) {
    const [lower, upper] = [edges[segment]!, edges[segment + 1]!]
    for (let bin = starts[segment]!; bin < starts[segment + 1]!; bin++) {
      const position = (bin * binHz - lower) / (upper - lower)
      const at = 2 * (bin - first)
      if (segment < bands) slopes[at] = (position * 2) / (edges[segment + 2]! - lower)
      if (segment > 0) slopes[at + 1] = ((1 - position) * 2) / (upper - edges[segment - 1]!)
    }
  }
  return { starts, slopes }
}
