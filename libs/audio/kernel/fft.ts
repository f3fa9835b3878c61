import { storeTransposed } from './lanes'

/** A complex value of four frames: a row of real parts, a row of imaginary parts. */
const COMPLEX: usize = 32
const IMAGINARY: usize = 16

/** Samples of four frames, `hop` bytes apart, times the window; sample `s` of all four in row `s` of `rows`. */
export function frames(pcm: usize, hop: usize, window: usize, size: usize, rows: usize): void {
  const end = window + (size << 2)
  while (window < end) {
    const weights = v128.load(window)
    const frame0 = windowed(pcm, weights)
    const frame1 = windowed(pcm + hop, weights)
    const frame2 = windowed(pcm + 2 * hop, weights)
    const frame3 = windowed(pcm + 3 * hop, weights)
    storeTransposed(rows, 16, frame0, frame1, frame2, frame3)
    pcm += 8
    window += 16
    rows += 64
  }
}

function windowed(pcm: usize, weights: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(v128.load_ext<i16>(pcm)), weights)
}

/**
 * Complex transform of `count` values, in place: radix 4, decimation in frequency, one radix-2 pass at the end where
 * `count` is no power of 4. The result is in digit-reversed order. `turns` holds, for each pass and each place within
 * its blocks, the factors of the second, third and fourth output.
 */
export function transform(values: usize, count: usize, turns: usize): void {
  const end = values + count * COMPLEX
  let block = count * COMPLEX
  while (block >= 4 * COMPLEX) {
    const quarter = block >> 2
    for (let place: usize = 0; place < quarter; place += COMPLEX) {
      const re1 = v128.load32_splat(turns)
      const im1 = v128.load32_splat(turns, 4)
      const re2 = v128.load32_splat(turns, 8)
      const im2 = v128.load32_splat(turns, 12)
      const re3 = v128.load32_splat(turns, 16)
      const im3 = v128.load32_splat(turns, 20)
      turns += 24
      for (let a = values + place; a < end; a += block) {
        const b = a + quarter
        const c = b + quarter
        const d = c + quarter
        const aRe = v128.load(a)
        const aIm = v128.load(a, IMAGINARY)
        const bRe = v128.load(b)
        const bIm = v128.load(b, IMAGINARY)
        const cRe = v128.load(c)
        const cIm = v128.load(c, IMAGINARY)
        const dRe = v128.load(d)
        const dIm = v128.load(d, IMAGINARY)

        const acRe = f32x4.add(aRe, cRe)
        const acIm = f32x4.add(aIm, cIm)
        const bdRe = f32x4.add(bRe, dRe)
        const bdIm = f32x4.add(bIm, dIm)
        v128.store(a, f32x4.add(acRe, bdRe))
        v128.store(a, f32x4.add(acIm, bdIm), IMAGINARY)
        storeTurned(c, f32x4.sub(acRe, bdRe), f32x4.sub(acIm, bdIm), re2, im2)

        const fromCRe = f32x4.sub(aRe, cRe)
        const fromCIm = f32x4.sub(aIm, cIm)
        const fromDRe = f32x4.sub(bRe, dRe)
        const fromDIm = f32x4.sub(bIm, dIm)
        storeTurned(b, f32x4.add(fromCRe, fromDIm), f32x4.sub(fromCIm, fromDRe), re1, im1)
        storeTurned(d, f32x4.sub(fromCRe, fromDIm), f32x4.add(fromCIm, fromDRe), re3, im3)
      }
    }
    block = quarter
  }
  if (block == 2 * COMPLEX) pairs(values, end)
}

function storeTurned(to: usize, re: v128, im: v128, turnRe: v128, turnIm: v128): void {
  v128.store(to, f32x4.sub(f32x4.mul(re, turnRe), f32x4.mul(im, turnIm)))
  v128.store(to, f32x4.add(f32x4.mul(re, turnIm), f32x4.mul(im, turnRe)), IMAGINARY)
}

function pairs(values: usize, end: usize): void {
  for (let a = values; a < end; a += 2 * COMPLEX) {
    const b = a + COMPLEX
    const aRe = v128.load(a)
    const aIm = v128.load(a, IMAGINARY)
    const bRe = v128.load(b)
    const bIm = v128.load(b, IMAGINARY)
    v128.store(a, f32x4.add(aRe, bRe))
    v128.store(a, f32x4.add(aIm, bIm), IMAGINARY)
    v128.store(b, f32x4.sub(aRe, bRe))
    v128.store(b, f32x4.sub(aIm, bIm), IMAGINARY)
  }
}

/**
 * Power of the 2 · `count` real samples that went through {@link transform} as `count` complex ones, even samples real
 * and odd ones imaginary: `count` + 1 rows, bin after bin. Bins `k` and `count` − `k` come of the same two values,
 * whose offsets `places` holds, and of a factor in `turns`.
 */
export function power(values: usize, count: usize, places: usize, turns: usize, bins: usize): void {
  let low = bins
  let high = bins + (count << 4)
  while (low <= high) {
    const a = values + load<usize>(places)
    const b = values + load<usize>(places, 4)
    const aRe = v128.load(a)
    const aIm = v128.load(a, IMAGINARY)
    const bRe = v128.load(b)
    const bIm = v128.load(b, IMAGINARY)
    const evenRe = f32x4.add(aRe, bRe)
    const evenIm = f32x4.sub(aIm, bIm)
    const oddRe = f32x4.sub(aRe, bRe)
    const oddIm = f32x4.add(aIm, bIm)
    const turnRe = v128.load32_splat(turns)
    const turnIm = v128.load32_splat(turns, 4)
    const turnedRe = f32x4.sub(f32x4.mul(oddRe, turnRe), f32x4.mul(oddIm, turnIm))
    const turnedIm = f32x4.add(f32x4.mul(oddRe, turnIm), f32x4.mul(oddIm, turnRe))
    v128.store(low, square(f32x4.add(evenRe, turnedRe), f32x4.add(evenIm, turnedIm)))
    v128.store(high, square(f32x4.sub(evenRe, turnedRe), f32x4.sub(evenIm, turnedIm)))
    places += 8
    turns += 8
    low += 16
    high -= 16
  }
}

function square(re: v128, im: v128): v128 {
  return f32x4.add(f32x4.mul(re, re), f32x4.mul(im, im))
}
