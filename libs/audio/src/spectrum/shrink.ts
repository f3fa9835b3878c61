import { mirrored } from './stft.ts'

/** Output samples as weighted sums of consecutive input samples, as many of them for each. */
export interface Shrinking {
  readonly taps: number
  /** First input sample of each output sample. */
  readonly firsts: Uint32Array
  /** Weights of each output sample, one after the other. */
  readonly weights: Float32Array
}

const TRUNCATE_SIGMAS = 4

/** Gaussian kernel as `scipy.ndimage.gaussian_filter1d(truncate=4)`; a single 1 when nothing needs smoothing. */
const gaussian = (sigma: number): number[] => {
  const radius = Math.floor(TRUNCATE_SIGMAS * sigma + 0.5)
  const offsets = Array.from({ length: 2 * radius + 1 }, (_, i) => i - radius)
  if (radius === 0) return [1]
  const raw = offsets.map((offset) => Math.exp((-0.5 * offset * offset) / (sigma * sigma)))
  const sum = raw.reduce((total, value) => total + value, 0)
  return raw.map((value) => value / sum)
}

/**
 * Weights that reduce a row of `from` samples to `to`, as scikit-image's
 * `resize(anti_aliasing=True, order=1, mode='reflect')` does along one axis: a Gaussian of
 * σ = (from/to − 1) / 2, then linear interpolation at the centres of the wider samples.
 */
export const shrinking = (from: number, to: number): Shrinking => {
  const factor = from / to
  const kernel = gaussian(Math.max(0, (factor - 1) / 2))
  const radius = (kernel.length - 1) / 2
  const sums = Array.from({ length: to }, (_, column) => {
    const centre = (column + 0.5) * factor - 0.5
    const left = Math.floor(centre)
    const fraction = centre - left
    const weights = new Map<number, number>()
    for (const [corner, share] of [
      [left, 1 - fraction],
      [left + 1, fraction],
    ] as const) {
      kernel.forEach((weight, k) => {
        const index = mirrored(corner + k - radius, from)
        weights.set(index, (weights.get(index) ?? 0) + share * weight)
      })
    }
    return weights
  })
  const taps = Math.min(from, kernel.length + 1)
  const firsts = Uint32Array.from(sums, (weights) => Math.min(...weights.keys(), from - taps))
  const weights = Float32Array.from(
    { length: to * taps },
    (_, i) => sums[Math.floor(i / taps)]!.get(firsts[Math.floor(i / taps)]! + (i % taps)) ?? 0,
  )
  return { taps, firsts, weights }
}

/**
 * Reduces the time axis of a matrix.
 *
 * @param rows - frames × width values, one frame after the other
 * @returns columns × width values
 */
export const shrinkTime = (rows: Float32Array, width: number, columns: number): Float32Array => {
  const { taps, firsts, weights } = shrinking(rows.length / width, columns)
  const shrunk = new Float32Array(columns * width)
  for (let column = 0; column < columns; column++) {
    for (let k = 0; k < taps; k++) {
      const weight = weights[column * taps + k]!
      const from = (firsts[column]! + k) * width
      for (let i = 0; i < width; i++) shrunk[column * width + i]! += weight * rows[from + i]!
    }
  }
  return shrunk
}
