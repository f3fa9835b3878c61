/** Numbers −1…1 that are the same on every run (mulberry32, public domain, Tommy Ettinger). */
export const randomNumbers = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1
  }
}

/** Vectors of the given size whose lengths differ widely, as a cosine must not notice. */
export const randomVectors = (count: number, size: number, seed = 1): Float32Array[] => {
  const next = randomNumbers(seed)
  return Array.from({ length: count }, () => {
    const scale = 10 ** (3 * next())
    return Float32Array.from({ length: size }, () => scale * next())
  })
}

/** Cosine as the textbook has it, in 64-bit floats. */
export const referenceCosine = (a: readonly number[], b: readonly number[]): number => {
  const dot = (x: readonly number[], y: readonly number[]) =>
    x.reduce((sum, value, index) => sum + value * (y[index] ?? 0), 0)
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
}
