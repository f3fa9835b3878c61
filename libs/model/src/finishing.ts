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

/** Leaves vectors as they are; of longer ones, the first numbers of each axis. */
export const identityFinishing = (rawAxisSize: number): Finishing => {
  const axis = (): AxisFinishing => ({
    mean: new Float32Array(rawAxisSize),
    projection: identity(rawAxisSize, axisSize),
  })
  return { time: axis(), frequency: axis() }
}

/** How far the covariance is drawn towards a sphere before it is inverted; keeps noise from being blown up. */
const shrinkage = 0.2

/**
 * Whitening with shrinkage: directions in which the whole library varies count less, so that cosines compare
 * what tells tracks apart. Both axes come out with the same energy and weigh the same in a cosine.
 *
 * @param vectors - raw vectors, the time half first; at least one
 */
export const fitFinishing = (vectors: readonly Float32Array[]): Finishing => {
  const half = vectors[0]!.length / 2
  return {
    time: fitWhitening(
      vectors.map((vector) => vector.subarray(0, half)),
      axisSize,
    ),
    frequency: fitWhitening(
      vectors.map((vector) => vector.subarray(half)),
      axisSize,
    ),
  }
}

/**
 * Mean of the rows and the matrix that whitens what is left of them. Numbers of different scales are brought to one
 * first, so that shrinkage treats them alike.
 *
 * @param outputs - directions kept, those along which the rows vary most; at most as many as a row is long
 */
export const fitWhitening = (rows: readonly Float32Array[], outputs: number): AxisFinishing => {
  const size = rows[0]!.length
  const { mean, deviation } = momentsOf(rows)
  // One track alone, or a library of equal tracks, has no spread: leave such vectors as they are.
  if (deviation.every((value) => value === 0)) return { mean, projection: identity(size, outputs) }
  // A number that never changes says nothing and keeps its place.
  const scale = deviation.map((value) => (value > 0 ? 1 / value : 1))
  const standard = new Matrix(
    rows.map((row) => Array.from(row, (value, at) => (value - mean[at]!) * scale[at]!)),
  )
  const covariance = standard.transpose().mmul(standard).div(rows.length)
  const average = covariance.trace() / size
  covariance.mul(1 - shrinkage).add(Matrix.eye(size, size, shrinkage * average))
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(covariance, {
    assumeSymmetric: true,
  })
  // Eigenvalues come in ascending order.
  const projection = new Float32Array(size * outputs)
  for (let column = 0; column < outputs; column++) {
    const from = size - outputs + column
    const gain = 1 / Math.sqrt(realEigenvalues[from]!)
    for (let row = 0; row < size; row++) {
      projection[row * outputs + column] = scale[row]! * eigenvectorMatrix.get(row, from) * gain
    }
  }
  return { mean, projection }
}

const momentsOf = (rows: readonly Float32Array[]) => {
  const mean = new Float32Array(rows[0]!.length)
  for (const row of rows) row.forEach((value, at) => (mean[at]! += value / rows.length))
  const variance = new Float32Array(mean.length)
  for (const row of rows) {
    row.forEach((value, at) => (variance[at]! += (value - mean[at]!) ** 2 / rows.length))
  }
  return { mean, deviation: variance.map(Math.sqrt) }
}

const identity = (size: number, outputs: number): Float32Array => {
  const matrix = new Float32Array(size * outputs)
  for (let row = 0; row < Math.min(size, outputs); row++) matrix[row * outputs + row] = 1
  return matrix
}

/** @returns 2 · axisSize numbers, the time half first */
export const finish = ({ time, frequency }: Finishing, raw: Float32Array): Float32Array => {
  const half = raw.length / 2
  const finished = new Float32Array(2 * axisSize)
  finished.set(whiten(time, raw.subarray(0, half)))
  finished.set(whiten(frequency, raw.subarray(half)), axisSize)
  return finished
}

/** One row through what {@link fitWhitening} found. */
export const whiten = ({ mean, projection }: AxisFinishing, row: Float32Array): Float32Array => {
  const outputs = projection.length / mean.length
  const whitened = new Float32Array(outputs)
  row.forEach((value, from) => {
    const centred = value - mean[from]!
    for (let to = 0; to < outputs; to++) whitened[to]! += centred * projection[from * outputs + to]!
  })
  return whitened
}
