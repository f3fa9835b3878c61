/** Vectors scaled to length 1; a vector of zeros stays as it is and is similar to nothing. */
export const unitVectors = (vectors: readonly Float32Array[]): Float32Array[] =>
  vectors.map((vector) => {
    const length = Math.sqrt(dot(vector, vector))
    return length > 0 ? vector.map((value) => value / length) : vector
  })

export const dot = (a: Float32Array, b: Float32Array): number => {
  let sum = 0
  for (let place = 0; place < a.length; place++) sum += a[place]! * b[place]!
  return sum
}

/**
 * For every query, the vectors other than the one it stands for by cosine, nearest first. Equal cosines keep the order
 * of the list, so the result is the same every time.
 *
 * @param queries - one per vector, in the same order
 */
export const rankAll = (
  vectors: readonly Float32Array[],
  queries: readonly Float32Array[] = vectors,
): number[][] => {
  const unit = unitVectors(vectors)
  return unitVectors(queries).map((query, own) => {
    const cosines = unit.map((vector) => dot(query, vector))
    return [...cosines.keys()]
      .filter((index) => index !== own)
      .sort((a, b) => cosines[b]! - cosines[a]! || a - b)
  })
}
