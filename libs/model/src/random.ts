/** Seeded source of pseudo-random numbers: the same seed and stream give the same numbers everywhere. */
export interface Random {
  /** In [0, 1). */
  uniform(): number
  /** Whole number in [0, limit). */
  below(limit: number): number
  /** Normal deviate with mean 0 and deviation 1. */
  normal(): number
  /** Shuffles in place (Fisher–Yates) and returns its argument. */
  shuffle<Item>(items: Item[]): Item[]
}

/**
 * @param seed - any integer
 * @param stream - tells independent uses of one seed apart, e.g. the epoch and the rank of a worker
 */
export const createRandom = (seed: number, ...stream: number[]): Random => {
  const next = sfc32(seed, ...stream)
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    uniform: next,
    below,
    // Box–Muller; 1 - u keeps the logarithm finite.
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    shuffle(items) {
      for (let last = items.length - 1; last > 0; last--) {
        const other = below(last + 1)
        const held = items[last]!
        items[last] = items[other]!
        items[other] = held
      }
      return items
    },
  }
}

/** Chris Doty-Humphrey's small fast counter generator (PractRand), 128 bits of state. */
const sfc32 = (seed: number, ...stream: number[]): (() => number) => {
  let a = seed | 0
  let b = 0x9e3779b9
  let c = 0x243f6a88
  let counter = 1
  const step = () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    c |= 0
    return sum >>> 0
  }
  for (const value of stream) {
    for (let round = 0; round < 4; round++) step()
    a = (a ^ value) | 0
  }
  for (let round = 0; round < 12; round++) step()
  return () => step() / 2 ** 32
}
