import { normOf } from './cosine.ts'

/** A vector of length one in the same direction, in a buffer of its own. */
export const unitOf = (vector: Float32Array): Float32Array => {
  const norm = normOf(vector, 0, vector.length)
  return vector.map((value) => value / norm)
}

/**
 * Where likes and dislikes point: twice the mean of the ones less the mean of the others.
 *
 * @param like - vectors of length one, at least one of them
 * @param unlike - the same, or none
 */
export const directionOf = (
  like: readonly Float32Array[],
  unlike: readonly Float32Array[],
): Float32Array => {
  const liked = meanOf(like)
  const disliked = meanOf(unlike)
  return Float32Array.from(liked, (value, index) => 2 * value - (disliked[index] ?? 0))
}

const meanOf = (vectors: readonly Float32Array[]): number[] =>
  Array.from(
    vectors[0] ?? [],
    (_, index) => vectors.reduce((sum, vector) => sum + (vector[index] ?? 0), 0) / vectors.length,
  )
