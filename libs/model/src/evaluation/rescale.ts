import { fitWhitening, whiten } from '../finishing.ts'
import { momentsOf } from '../moments.ts'

/** Brings a row of numbers to the scale of a library. */
export type Rescale = (row: Float32Array) => Float32Array

/** Takes off the library's mean and divides by its deviation, number by number; one that never changes becomes 0. */
export const fitStandard = (rows: readonly Float32Array[]): Rescale => {
  const { mean, scale } = momentsOf(rows)
  return (row) => row.map((value, at) => (value - mean[at]!) * scale[at]!)
}

/** As the last step of a model: whitening with shrinkage. */
export const fitWhitened = (rows: readonly Float32Array[]): Rescale => {
  const whitening = fitWhitening(rows, rows[0]!.length)
  return (row) => whiten(whitening, row)
}
