import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { axisSize } from './architectures/architecture.ts'
import { momentsOf } from './moments.ts'

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

/** How far a covariance is drawn towards a sphere before it is inverted; keeps noise from being blown up. */
const shrinkage = 0.2
const withinShrinkage = 0.03

/** Least spread within tracks that is believed; a library of beeps has none. */
const leastSpread = 1e-6

/** Raw vectors of one track, each with its time half first. */
export interface TrackSample {
  /** Of its first and of its second half. */
  readonly halves: readonly [Float32Array, Float32Array]
  /** Of all of it after what a phone or another master does to a sound. */
  readonly inGuise: Float32Array
}

/**
 * Linear discriminant analysis without labels: numbers in which one half of a track differs from the other, or the
 * track from itself in another guise, count less, and of what is left, the directions along which tracks differ
 * most are kept. Both axes come out with the same energy and weigh the same in a cosine.
 *
 * @param samples - at least one
 */
export const fitFinishing = (samples: readonly TrackSample[]): Finishing => {
  const size = samples[0]!.inGuise.length / 2
  const axis = (from: number) =>
    fitDiscriminant(
      samples.map(({ halves: [first, second], inGuise }) => ({
        halves: [first.subarray(from, from + size), second.subarray(from, from + size)],
        inGuise: inGuise.subarray(from, from + size),
      })),
    )
  return { time: axis(0), frequency: axis(size) }
}

const fitDiscriminant = (samples: readonly TrackSample[]): AxisFinishing => {
  const tracks = samples.map(({ halves: [first, second] }) =>
    first.map((value, at) => (value + second[at]!) / 2),
  )
  const size = tracks[0]!.length
  const { mean, scale } = momentsOf(tracks)
  if (isStill(scale)) return asItIs(mean, axisSize)
  const differences = samples.flatMap(({ halves: [first, second], inGuise }, track) => [
    first.map((value, at) => (value - second[at]!) * scale[at]! * Math.SQRT1_2),
    // Half the weight of a difference between halves: of what a guise changes, too much would go with it.
    inGuise.map((value, at) => ((value - tracks[track]![at]!) * scale[at]!) / 2),
  ])
  const within = shrunk(scatter(differences), withinShrinkage, leastSpread)
  const { vectors, values } = spectrum(within)
  const whitening = vectors.mulRowVector(values.map((value) => 1 / Math.sqrt(value)))
  const standard = toMatrix(tracks, mean, scale)
  const between = spectrum(scatterOf(standard.mmul(whitening)))
  const first = size - axisSize
  const kept = whitening.mmul(between.vectors.subMatrix(0, size - 1, first, size - 1))
  const energy = between.values.slice(first).reduce((sum, value) => sum + value, 0)
  const projection = flatten(kept.mul(Math.sqrt(axisSize / energy)), scale)
  return { mean: Float32Array.from(mean), projection }
}

/**
 * Mean of the rows and the matrix that whitens what is left of them. Numbers of different scales are brought to one
 * first, so that shrinkage treats them alike.
 *
 * @param outputs - directions kept, those along which the rows vary most; at most as many as a row is long
 */
export const fitWhitening = (rows: readonly Float32Array[], outputs: number): AxisFinishing => {
  const size = rows[0]!.length
  const { mean, scale } = momentsOf(rows)
  if (isStill(scale)) return asItIs(mean, outputs)
  const covariance = scatterOf(toMatrix(rows, mean, scale))
  const { vectors, values } = spectrum(shrunk(covariance, shrinkage, 0))
  const first = size - outputs
  const kept = vectors.subMatrix(0, size - 1, first, size - 1)
  kept.mulRowVector(values.slice(first).map((value) => 1 / Math.sqrt(value)))
  return { mean: Float32Array.from(mean), projection: flatten(kept, scale) }
}

/** One track alone, or a library of equal tracks, has no spread: such vectors are left as they are. */
const isStill = (scale: Float64Array): boolean => scale.every((value) => value === 0)

const asItIs = (mean: Float64Array, outputs: number): AxisFinishing => ({
  mean: Float32Array.from(mean),
  projection: identity(mean.length, outputs),
})

const toMatrix = (rows: readonly Float32Array[], mean: Float64Array, scale: Float64Array): Matrix =>
  new Matrix(rows.map((row) => Array.from(row, (value, at) => (value - mean[at]!) * scale[at]!)))

const scatter = (rows: readonly Float32Array[]): Matrix =>
  scatterOf(new Matrix(rows.map((row) => Array.from(row))))

const scatterOf = (rows: Matrix): Matrix => rows.transpose().mmul(rows).div(rows.rows)

const shrunk = (covariance: Matrix, share: number, least: number): Matrix => {
  const size = covariance.rows
  const average = Math.max(least, covariance.trace() / size)
  return covariance.mul(1 - share).add(Matrix.eye(size, size, share * average))
}

/** Eigenvalues in ascending order, and the vectors that belong to them as columns. */
const spectrum = (symmetric: Matrix): { vectors: Matrix; values: number[] } => {
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(symmetric, {
    assumeSymmetric: true,
  })
  return { vectors: eigenvectorMatrix, values: realEigenvalues }
}

/** Row by row, with the scale of each number that goes in. */
const flatten = (matrix: Matrix, scale: Float64Array): Float32Array => {
  const flat = new Float32Array(matrix.rows * matrix.columns)
  for (let row = 0; row < matrix.rows; row++) {
    for (let column = 0; column < matrix.columns; column++) {
      flat[row * matrix.columns + column] = scale[row]! * matrix.get(row, column)
    }
  }
  return flat
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
