import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { dot, unitVectors } from './ranking.ts'

/*
 * How vectors lie on the sphere of cosines.
 */

/** Exponential of the entropy of the covariance's spectrum (Roy and Vetterli 2007): dimensions in use. */
export const effectiveRank = (vectors: readonly Float32Array[]): number => {
  const unit = new Matrix(unitVectors(vectors).map((vector) => Array.from(vector)))
  const centred = unit.subRowVector(unit.mean('column'))
  // Both products have the same eigenvalues, but for zeros: take the smaller.
  const covariance =
    centred.rows < centred.columns
      ? centred.mmul(centred.transpose())
      : centred.transpose().mmul(centred)
  const { realEigenvalues } = new EigenvalueDecomposition(covariance, { assumeSymmetric: true })
  const positive = realEigenvalues.filter((value) => value > 0)
  const total = positive.reduce((sum, value) => sum + value, 0)
  return Math.exp(
    positive.reduce((sum, value) => sum - (value / total) * Math.log(value / total), 0),
  )
}

const squaredDistance = (a: Float32Array, b: Float32Array): number => 2 - 2 * dot(a, b)

/**
 * Mean squared distance of each unit vector to the others it belongs with (Wang and Isola 2020, α = 2), 0…4;
 * the smaller, the better they agree. Null for one that belongs with none.
 *
 * @param belongs - whether two different indexes belong together
 */
export const alignments = (
  vectors: readonly Float32Array[],
  belongs: (a: number, b: number) => boolean,
): (number | null)[] => {
  const unit = unitVectors(vectors)
  return unit.map((vector, own) => {
    const partners = unit.filter((_, other) => other !== own && belongs(own, other))
    if (partners.length === 0) return null
    return (
      partners.reduce((sum, partner) => sum + squaredDistance(vector, partner), 0) / partners.length
    )
  })
}

/**
 * Logarithm of the mean Gaussian potential of all pairs of unit vectors (Wang and Isola 2020, t = 2), −8…0;
 * the smaller, the more evenly they fill the sphere.
 */
export const uniformity = (vectors: readonly Float32Array[]): number => {
  const unit = unitVectors(vectors)
  let sum = 0
  for (let a = 1; a < unit.length; a++) {
    for (let b = 0; b < a; b++) sum += Math.exp(-2 * squaredDistance(unit[a]!, unit[b]!))
  }
  return Math.log((2 * sum) / (unit.length * (unit.length - 1)))
}
