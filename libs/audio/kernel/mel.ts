import { storeTransposed } from './lanes'

/** Power below which librosa's `power_to_db` does not look. */
const MINIMUM_POWER: f32 = 1e-10
/** 10 · log10(2). */
const DECIBELS_PER_OCTAVE: f32 = 3.010299956639812
/** 20 / ln(10). */
const DECIBELS_PER_NEPER: f32 = 8.6858896380650366

/**
 * Power in each band: one row per band. Segment `i` covers the bins from the i-th of `starts`, given as offsets into
 * `bins`, to the next; band `i` rises in it and band `i` − 1 falls. `weights` holds both slopes of bin after bin.
 */
export function bands(bins: usize, starts: usize, weights: usize, count: usize, rows: usize): void {
  let bin = bins + load<usize>(starts)
  let fromBelow = f32x4.splat(0)
  for (let segment: usize = 0; segment <= count; segment++) {
    starts += 4
    const end = bins + load<usize>(starts)
    let rising = f32x4.splat(0)
    let falling = fromBelow
    while (bin < end) {
      const power = v128.load(bin)
      rising = f32x4.add(rising, f32x4.mul(power, v128.load32_splat(weights)))
      falling = f32x4.add(falling, f32x4.mul(power, v128.load32_splat(weights, 4)))
      bin += 16
      weights += 8
    }
    if (segment > 0) v128.store(rows + ((segment - 1) << 4), falling)
    fromBelow = rising
  }
}

/** Levels of `count` bands of four frames in decibels, one frame after the other. */
export function decibels(rows: usize, count: usize, levels: usize): void {
  const stride = count << 2
  const end = levels + stride
  while (levels < end) {
    const band0 = decibel(v128.load(rows))
    const band1 = decibel(v128.load(rows, 16))
    const band2 = decibel(v128.load(rows, 32))
    const band3 = decibel(v128.load(rows, 48))
    storeTransposed(levels, stride, band0, band1, band2, band3)
    rows += 64
    levels += 16
  }
}

/**
 * 10 · log10 of a power. The exponent comes from the number's bits; of the mantissa m, from √½ to √2,
 * ln m = 2 (s + s³/3 + s⁵/5 + …) with s = (m − 1) / (m + 1). Within 0.00001 dB.
 */
function decibel(power: v128): v128 {
  const bits = f32x4.pmax(power, f32x4.splat(MINIMUM_POWER))
  const octave = i32x4.shr_s(i32x4.sub(bits, f32x4.splat(Mathf.SQRT1_2)), 23)
  const mantissa = i32x4.sub(bits, i32x4.shl(octave, 23))
  const one = f32x4.splat(1)
  const s = f32x4.div(f32x4.sub(mantissa, one), f32x4.add(mantissa, one))
  const squared = f32x4.mul(s, s)
  const fifth = f32x4.mul(squared, f32x4.splat(DECIBELS_PER_NEPER / 5))
  const third = f32x4.mul(squared, f32x4.add(fifth, f32x4.splat(DECIBELS_PER_NEPER / 3)))
  const ofMantissa = f32x4.mul(s, f32x4.add(third, f32x4.splat(DECIBELS_PER_NEPER)))
  const ofOctave = f32x4.mul(f32x4.convert_i32x4_s(octave), f32x4.splat(DECIBELS_PER_OCTAVE))
  return f32x4.add(ofMantissa, ofOctave)
}

/** Raises levels further than `range` below the highest to that floor, and returns the highest. */
export function clip(levels: usize, count: usize, range: f32): f32 {
  const end = levels + (count << 2)
  let tops = v128.load(levels)
  for (let at = levels; at < end; at += 16) tops = f32x4.pmax(tops, v128.load(at))
  const top = max(
    max(f32x4.extract_lane(tops, 0), f32x4.extract_lane(tops, 1)),
    max(f32x4.extract_lane(tops, 2), f32x4.extract_lane(tops, 3)),
  )
  const floor = f32x4.splat(top - range)
  for (let at = levels; at < end; at += 16) v128.store(at, f32x4.pmax(v128.load(at), floor))
  return top
}

/**
 * Frames of `bands` levels reduced to columns of bytes, from 0 at `floor` to 255 at `floor` + `range`, and turned:
 * one band after the other. A column is the sum of `taps` frames from the one in `firsts` on, times its `weights`.
 */
export function image(
  levels: usize,
  bands: usize,
  firsts: usize,
  weights: usize,
  taps: usize,
  columns: usize,
  floor: f32,
  range: f32,
  pixels: usize,
): void {
  const stride = bands << 2
  const scale = f32x4.splat(255 / range)
  const offset = f32x4.splat(-floor)
  const half = f32x4.splat(0.5)
  const end = pixels + columns
  while (pixels < end) {
    const frame = levels + load<usize>(firsts) * stride
    const weightsEnd = weights + (taps << 2)
    let pixel = pixels
    for (let band: usize = 0; band < stride; band += 16) {
      let at = frame + band
      let level = offset
      for (let weight = weights; weight < weightsEnd; weight += 4) {
        level = f32x4.add(level, f32x4.mul(v128.load(at), v128.load32_splat(weight)))
        at += stride
      }
      // Never negative, so that adding a half and cutting off is rounding.
      const byte = i32x4.trunc_sat_f32x4_u(f32x4.add(f32x4.mul(level, scale), half))
      store<u8>(pixel, i32x4.extract_lane(byte, 0))
      store<u8>(pixel + columns, i32x4.extract_lane(byte, 1))
      store<u8>(pixel + 2 * columns, i32x4.extract_lane(byte, 2))
      store<u8>(pixel + 3 * columns, i32x4.extract_lane(byte, 3))
      pixel += 4 * columns
    }
    firsts += 4
    weights = weightsEnd
    pixels++
  }
}
