/** One triangular filter: weights of consecutive FFT bins. */
export interface BandFilter {
  readonly firstBin: number
  readonly weights: Float32Array
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

/** Triangular filters of unit area, lowest band first, as `librosa.filters.mel(htk=False, norm='slaney')`. */
export const melFilters = (shape: MelShape): BandFilter[] => {
  const edges = bandEdgesHz(shape)
  const binHz = shape.sampleRateHz / shape.fftSize
  const bins = shape.fftSize / 2 + 1
  return Array.from({ length: shape.bands }, (_, band) => {
    const [lower, centre, upper] = [edges[band]!, edges[band + 1]!, edges[band + 2]!]
    const area = 2 / (upper - lower)
    const firstBin = Math.max(0, Math.ceil(lower / binHz))
    const lastBin = Math.min(bins - 1, Math.floor(upper / binHz))
    const weights = Float32Array.from({ length: Math.max(0, lastBin - firstBin + 1) }, (_, i) => {
      const hz = (firstBin + i) * binHz
      const rising = (hz - lower) / (centre - lower)
      const falling = (upper - hz) / (upper - centre)
      return area * Math.max(0, Math.min(rising, falling))
    })
    return { firstBin, weights }
  })
}
