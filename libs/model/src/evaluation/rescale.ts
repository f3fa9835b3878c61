import { fitWhitening, whiten } from '../finishing.ts'

/** Brings a row of numbers to the scale of a library. */
export type Rescale = (row: Float32Array) => Float32Array

/** Takes off the library's mean and divides by its deviation, number by number. */
export const fitStandard = (rows: readonly Float32Array[]): Rescale => {
  const length = rows[0]!.length
  const mean = new Float64Array(length)
  const variance = new Float64Array(length)
  for (const row of rows) row.forEach((value, at) => (mean[at]! += value / rows.length))
  for (const row of rows) {
    row.forEach((value, at) => (variance[at]! += (value - mean[at]!) ** 2 / rows.length))
  }
  // A number that never changes says nothing, and is left out.
  const scale = variance.map((value) => (value > 0 ? 1 / Math.sqrt(value) : 0))
  return (row) => row.map((value, at) => (value - mean[at]!) * scale[at]!)
}

/** As the last step of a model: whitening with shrinkage. */
export const fitWhitened = (rows: readonly Float32Array[]): Rescale => {
  const whitening = fitWhitening(rows, rows[0]!.length)
  return (row) => whiten(whitening, row)
}
