import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { cropSize } from '../architectures/architecture.ts'
import { columnsOf, cutCrops, evenStarts } from '../crops.ts'
import { createRandom } from '../random.ts'
import type { Embedder } from './embedder.ts'
import { dot } from './ranking.ts'

const components = 256

/** Crops the components are found in: enough to span them, few enough for seconds. */
const fittedCrops = 512

const cropsPerTrack = 8

/**
 * Principal components of crops, 128 × 128 numbers each: the best linear autoencoder of 256 numbers. Projecting is
 * linear, so the mean of the projections of a track's crops is the projection of their mean.
 *
 * @param gallery - mel images of the library the components are found in
 */
export const fitPrincipalComponents = (gallery: readonly Uint8Array[]): Embedder => {
  const random = createRandom(1)
  const count = Math.min(fittedCrops, gallery.length * cropsPerTrack)
  const crops = Array.from({ length: count }, () => {
    const image = gallery[random.below(gallery.length)]!
    return cutCrops([{ image, start: random.below(columnsOf(image) - cropSize + 1) }])
  })
  const mean = meanOf(crops)
  const centred = crops.map((crop) => subtract(crop, mean))
  const directions = principalDirections(centred)
  const project = (image: Uint8Array): Float32Array => {
    const cuts = evenStarts(columnsOf(image), cropsPerTrack).map((start) => ({ image, start }))
    const crop = subtract(meanOf(cuts.map((cut) => cutCrops([cut]))), mean)
    return Float32Array.from(directions, (direction) => dot(direction, crop))
  }
  return { embed: async (images) => images.map(project), close: async () => undefined }
}

/** Eigenvectors of the covariance by way of the Gram matrix, which is far smaller. */
const principalDirections = (rows: readonly Float32Array[]): Float32Array[] => {
  const gram = new Matrix(rows.length, rows.length)
  rows.forEach((row, a) => {
    for (let b = 0; b <= a; b++) {
      const product = dot(row, rows[b]!)
      gram.set(a, b, product)
      gram.set(b, a, product)
    }
  })
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(gram, {
    assumeSymmetric: true,
  })
  // Eigenvalues come in ascending order; the smallest belong to what the mean took away.
  const positions = [...realEigenvalues.keys()]
    .filter((position) => realEigenvalues[position]! > 1e-6 * realEigenvalues.at(-1)!)
    .slice(-components)
  return positions.map((position) => {
    const direction = new Float32Array(rows[0]!.length)
    rows.forEach((row, at) => {
      const weight = eigenvectorMatrix.get(at, position) / Math.sqrt(realEigenvalues[position]!)
      for (let pixel = 0; pixel < row.length; pixel++) direction[pixel]! += weight * row[pixel]!
    })
    return direction
  })
}

const meanOf = (rows: readonly Float32Array[]): Float32Array => {
  const mean = new Float32Array(rows[0]!.length)
  for (const row of rows) {
    for (let at = 0; at < row.length; at++) mean[at]! += row[at]! / rows.length
  }
  return mean
}

const subtract = (row: Float32Array, mean: Float32Array): Float32Array =>
  row.map((value, at) => value - mean[at]!)
