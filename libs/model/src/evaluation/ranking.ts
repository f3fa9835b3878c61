/** Vectors scaled to length 1; a vector of zeros stays as it is and is similar to nothing. */
export const unitVectors = (vectors: readonly Float32Array[]): Float32Array[] =>
  vectors.map((vector) => {
    const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0))
    return length > 0 ? vector.map((value) => value / length) : vector
  })

export const dot = (a: Float32Array, b: Float32Array): number => {
  let sum = 0
  for (let place = 0; place < a.length; place++) sum += a[place]! * b[place]!
  return sum
}

/**
 * For every vector, all the others by cosine, nearest first. Equal cosines keep the order of the list,
 * so the result is the same every time.
 */
export const rankAll = (vectors: readonly Float32Array[]): number[][] => {
  const unit = unitVectors(vectors)
  return unit.map((query, own) => {
    const cosines = unit.map((vector) => dot(query, vector))
    return [...cosines.keys()]
      .filter((index) => index !== own)
      .sort((a, b) => cosines[b]! - cosines[a]! || a - b)
  })
}
