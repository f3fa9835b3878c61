import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { axisSize } from './architectures/architecture.ts'

/**
 * Last step from a raw track vector to the vector that is kept, fitted to a library without labels:
 * per axis, take off the mean and multiply by a matrix.
 */
export interface Finishing {
  readonly time: AxisFinishing
  readonly frequency: AxisFinishing
}

export interface AxisFinishing {
  /** rawAxisSize numbers. */
  readonly mean: Float32Array
  /** rawAxisSize × axisSize, row by row. */
  readonly projection: Float32Array
}

/** Tensors of a finishing step in the order of the weight file. */
export const finishingShapes = (rawAxisSize: number): { name: string; shape: number[] }[] =>
  ['time', 'frequency'].flatMap((axis) => [
    { name: `finishing/${axis}/mean`, shape: [rawAxisSize] },
    { name: `finishing/${axis}/projection`, shape: [rawAxisSize, axisSize] },
  ])

/** Views of the tensors of {@link finishingShapes}, one after the other. */
export const finishingFromTensors = (values: Float32Array, rawAxisSize: number): Finishing => {
  const length = rawAxisSize * (1 + axisSize)
  const axis = (first: number): AxisFinishing => ({
    mean: values.subarray(first, first + rawAxisSize),
    projection: values.subarray(first + rawAxisSize, first + length),
  })
  return { time: axis(0), frequency: axis(length) }
}

/** How far the covariance is drawn towards a sphere before it is inverted; keeps noise from being blown up. */
const shrinkage = 0.1

/**
 * Whitening with shrinkage: directions in which the whole library varies count less, so that cosines compare
 * what tells tracks apart. Both axes come out with the same energy and weigh the same in a cosine.
 *
 * @param vectors - raw vectors, the time half first; at least one
 */
export const fitFinishing = (vectors: readonly Float32Array[]): Finishing => {
  const half = vectors[0]!.length / 2
  return {
    time: fitAxis(vectors.map((vector) => vector.subarray(0, half))),
    frequency: fitAxis(vectors.map((vector) => vector.subarray(half))),
  }
}

const fitAxis = (rows: readonly Float32Array[]): AxisFinishing => {
  const size = rows[0]!.length
  const mean = new Float32Array(size)
  for (const row of rows) row.forEach((value, column) => (mean[column]! += value / rows.length))
  const centred = new Matrix(
    rows.map((row) => Array.from(row, (value, column) => value - mean[column]!)),
  )
  const covariance = centred.transpose().mmul(centred).div(rows.length)
  const average = covariance.trace() / size
  // One track alone, or a library of equal tracks, has no spread: leave such vectors as they are.
  if (!(average > 0)) return { mean, projection: identity(size) }
  covariance.mul(1 - shrinkage).add(Matrix.eye(size, size, shrinkage * average))
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(covariance, {
    assumeSymmetric: true,
  })
  // Eigenvalues come in ascending order; the last axisSize directions hold the most of the library.
  const projection = new Float32Array(size * axisSize)
  for (let column = 0; column < axisSize; column++) {
    const from = size - axisSize + column
    const scale = 1 / Math.sqrt(realEigenvalues[from]!)
    for (let row = 0; row < size; row++) {
      projection[row * axisSize + column] = eigenvectorMatrix.get(row, from) * scale
    }
  }
  return { mean, projection }
}

const identity = (size: number): Float32Array => {
  const matrix = new Float32Array(size * axisSize)
  for (let row = 0; row < Math.min(size, axisSize); row++) matrix[row * axisSize + row] = 1
  return matrix
}

/** @returns 2 · axisSize numbers, the time half first */
export const finish = ({ time, frequency }: Finishing, raw: Float32Array): Float32Array => {
  const half = raw.length / 2
  const finished = new Float32Array(2 * axisSize)
  finishAxis(time, raw.subarray(0, half), finished.subarray(0, axisSize))
  finishAxis(frequency, raw.subarray(half), finished.subarray(axisSize))
  return finished
}

const finishAxis = (
  { mean, projection }: AxisFinishing,
  raw: Float32Array,
  finished: Float32Array,
): void => {
  raw.forEach((value, row) => {
    const centred = value - mean[row]!
    for (let column = 0; column < axisSize; column++) {
      finished[column]! += centred * projection[row * axisSize + column]!
    }
  })
}
