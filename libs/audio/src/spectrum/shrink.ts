import { mirrored } from './stft.ts'

/** One output sample as a weighted sum of consecutive input samples. */
interface Tap {
  readonly first: number
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
const shrinkTaps = (from: number, to: number): Tap[] => {
  const factor = from / to
  const kernel = gaussian(Math.max(0, (factor - 1) / 2))
  const radius = (kernel.length - 1) / 2
  return Array.from({ length: to }, (_, column) => {
    const centre = (column + 0.5) * factor - 0.5
    const left = Math.floor(centre)
    const fraction = centre - left
    const dense = new Map<number, number>()
    for (const [corner, share] of [
      [left, 1 - fraction],
      [left + 1, fraction],
    ] as const) {
      kernel.forEach((weight, k) => {
        const index = mirrored(corner + k - radius, from)
        dense.set(index, (dense.get(index) ?? 0) + share * weight)
      })
    }
    const first = Math.min(...dense.keys())
    const length = Math.max(...dense.keys()) - first + 1
    return { first, weights: Float32Array.from({ length }, (_, i) => dense.get(first + i) ?? 0) }
  })
}

const tables = new Map<string, Tap[]>()

const tapsOf = (from: number, to: number): Tap[] => {
  const key = `${from}→${to}`
  const known = tables.get(key)
  if (known !== undefined) return known
  const created = shrinkTaps(from, to)
  tables.set(key, created)
  return created
}

/**
 * Reduces the time axis of a matrix.
 *
 * @param rows - frames × width values, one frame after the other
 * @returns columns × width values
 */
export const shrinkTime = (rows: Float32Array, width: number, columns: number): Float32Array => {
  const shrunk = new Float32Array(columns * width)
  tapsOf(rows.length / width, columns).forEach(({ first, weights }, column) => {
    const to = column * width
    for (let k = 0; k < weights.length; k++) {
      const weight = weights[k]!
      const from = (first + k) * width
      for (let i = 0; i < width; i++) shrunk[to + i]! += weight * rows[from + i]!
    }
  })
  return shrunk
}
