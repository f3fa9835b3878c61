import createPffft from '@echogarden/pffft-wasm/simd'

/**
 * PFFFT compiled to WebAssembly with SIMD. One instance per thread: loading it takes a few milliseconds,
 * a 2,048-point transform about 2 µs, seven times less than the same in JavaScript.
 */
const pffft = await createPffft()

/** Forward transform of real frames of one size. Not re-entrant: `input` and `output` are reused by every call. */
export interface RealFft {
  readonly size: number
  /** Samples to transform; view into WebAssembly memory. */
  readonly input: Float32Array
  /**
   * Result: real part of bin 0, real part of the Nyquist bin, then real and imaginary parts of bins 1 … size/2 − 1.
   * Unscaled, as numpy's `rfft`.
   */
  readonly output: Float32Array
  run(): void
}

const FORWARD = 0
const REAL = 0

const create = (size: number): RealFft => {
  const setup = pffft._pffft_new_setup(size, REAL)
  if (setup === 0) throw new RangeError(`no FFT of ${size} points: use a power of two from 32`)
  const allocate = (): number => pffft._pffft_aligned_malloc(size * Float32Array.BYTES_PER_ELEMENT)
  const [from, to, work] = [allocate(), allocate(), allocate()]
  return {
    size,
    // The module's memory does not grow, so the views stay valid.
    input: new Float32Array(pffft.HEAPF32.buffer, from, size),
    output: new Float32Array(pffft.HEAPF32.buffer, to, size),
    run: () => pffft._pffft_transform_ordered(setup, from, to, work, FORWARD),
  }
}

const bySize = new Map<number, RealFft>()

/**
 * The thread's transform of a size.
 *
 * @param size - a power of two, 32 or more
 * @throws RangeError for a size PFFFT cannot do
 */
export const realFft = (size: number): RealFft => {
  const known = bySize.get(size)
  if (known !== undefined) return known
  const created = create(size)
  bySize.set(size, created)
  return created
}
