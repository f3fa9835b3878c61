/** What a library is like in each number of its rows. */
interface Moments {
  readonly mean: Float64Array
  /** One over the deviation; 0 where a number never changes, since that says nothing. */
  readonly scale: Float64Array
}

/** Of a number's mean, or of the mean deviation of all: less is what rounding leaves, and would be blown up to noise. */
const leastDeviation = 1e-4

/** @param rows - at least one; of one length */
export const momentsOf = (rows: readonly Float32Array[]): Moments => {
  const { length } = rows[0]!
  const mean = new Float64Array(length)
  for (const row of rows) row.forEach((value, at) => (mean[at]! += value / rows.length))
  const variance = new Float64Array(length)
  for (const row of rows) {
    row.forEach((value, at) => (variance[at]! += (value - mean[at]!) ** 2 / rows.length))
  }
  const deviation = variance.map(Math.sqrt)
  const typical = deviation.reduce((sum, value) => sum + value, 0) / length
  const scale = deviation.map((value, at) =>
    value > leastDeviation * Math.max(Math.abs(mean[at]!), typical) ? 1 / value : 0,
  )
  return { mean, scale }
}
