/**
 * Euclidean norm of a part of a vector, summed in 64-bit floats (which the square of no 32-bit float overflows).
 *
 * @returns NaN or Infinity when a number in it is not finite
 */
export const normOf = (vector: Float32Array, start: number, end: number): number =>
  Math.sqrt(dot(vector, vector, start, end))

/**
 * Cosine of a part of two vectors: dot product over the product of the norms, summed in 64-bit floats.
 *
 * @returns −1…1; 0 when either part is all zeros
 */
export const cosineOf = (a: Float32Array, b: Float32Array, start: number, end: number): number => {
  const norms = normOf(a, start, end) * normOf(b, start, end)
  if (norms === 0) return 0
  return Math.min(1, Math.max(-1, dot(a, b, start, end) / norms))
}

const dot = (a: Float32Array, b: Float32Array, start: number, end: number): number => {
  let sum = 0
  for (let index = start; index < end; index += 1) sum += (a[index] ?? 0) * (b[index] ?? 0)
  return sum
}
