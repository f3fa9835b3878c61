import type { Kernel } from './kernel.ts'

const COMPLEX_BYTES = 32
/** Frames that the kernel works on at once. */
export const FRAMES_AT_ONCE = 4
/** Bytes of a value of each of the frames. */
export const ROW_BYTES = FRAMES_AT_ONCE * Float32Array.BYTES_PER_ELEMENT

/** Power spectra of real frames of one size. */
export interface PowerFft {
  /** Address of the result: bins 0 … size/2, a row each. */
  readonly bins: number
  /**
   * Transforms four frames of 16-bit samples.
   *
   * @param pcm - address of the first
   * @param hop - bytes from one to the next
   */
  run(pcm: number, hop: number): void
}

/**
 * Puts the tables of a transform into a kernel. Even and odd samples go through a complex transform of half the size
 * as real and imaginary parts, and are told apart afterwards.
 *
 * @param window - what frames are multiplied with; its length, a power of two, is the size
 * @throws RangeError for a size that is none
 */
export const createPowerFft = (kernel: Kernel, window: Float32Array): PowerFft => {
  const size = window.length
  const count = size / 2
  if (size < 8 || !Number.isInteger(Math.log2(size))) {
    throw new RangeError(`no FFT of ${size} points: use a power of two from 8`)
  }
  // Taking even and odd samples apart adds every value up twice.
  const weights = kernel.store(window.map((weight) => weight / 2))
  const turns = kernel.store(Float32Array.from(passTurns(count)))
  const places = kernel.store(Uint32Array.from(pairPlaces(count)))
  const splitTurns = kernel.store(Float32Array.from(pairTurns(count)))
  const values = kernel.reserve(count * COMPLEX_BYTES)
  const bins = kernel.reserve((count + 1) * ROW_BYTES)
  return {
    bins,
    run: (pcm, hop) => {
      kernel.frames(pcm, hop, weights, size, values)
      kernel.transform(values, count, turns)
      kernel.power(values, count, places, splitTurns, bins)
    },
  }
}

/** e^(−2πi · `turn`) as real and imaginary part. */
const unit = (turn: number): [number, number] => [
  Math.cos(2 * Math.PI * turn),
  -Math.sin(2 * Math.PI * turn),
]

/** Factors of the second, third and fourth output at each place of each radix-4 pass. */
const passTurns = (count: number): number[] => {
  const turns: number[] = []
  for (let block = count; block >= 4; block /= 4) {
    for (let place = 0; place < block / 4; place++) {
      for (const output of [1, 2, 3]) turns.push(...unit((place * output) / block))
    }
  }
  return turns
}

/** Where the transform leaves value `k`, counted in values: each pass sorts by `k` modulo its radix. */
const placeOf = (k: number, block: number): number => {
  if (block === 1) return 0
  const radix = block >= 4 ? 4 : 2
  const part = block / radix
  return (k % radix) * part + placeOf(Math.floor(k / radix), part)
}

/** Byte offsets of values `k` and `count` − `k`, for each `k` to the middle. */
const pairPlaces = (count: number): number[] =>
  Array.from({ length: count / 2 + 1 }, (_, k) =>
    [k, (count - k) % count].map((each) => placeOf(each, count) * COMPLEX_BYTES),
  ).flat()

/** −i · e^(−πi k / `count`), for each `k` to the middle. */
const pairTurns = (count: number): number[] =>
  Array.from({ length: count / 2 + 1 }, (_, k) => unit(k / (2 * count) + 1 / 4)).flat()
