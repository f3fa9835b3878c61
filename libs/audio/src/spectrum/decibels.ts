/** Power below which librosa's `power_to_db` does not look. */
const MINIMUM_POWER = 1e-10

const MANTISSA_BITS = 23
const TABLE_BITS = 12
const EXPONENT_BIAS = 127
const DECIBELS_PER_OCTAVE = 10 * Math.log10(2)

/** Decibels of the mantissas 1 … 2, at the middle of each of the table's steps. */
const mantissaDecibels = Float32Array.from(
  { length: 2 ** TABLE_BITS },
  (_, step) => 10 * Math.log10(1 + (step + 0.5) / 2 ** TABLE_BITS),
)

/**
 * Power in decibels, nothing further below the loudest value than the floor; as `librosa.power_to_db(top_db=80)`.
 * In place. All-silent input is level with its own maximum throughout, as librosa has it.
 *
 * Logarithms come from the bits of the numbers and a table: within 0.0006 dB of `Math.log10`, in a fifth of the time.
 *
 * @param floorDb - lowest level kept, relative to the loudest value
 * @param reference - what 0 dB is: the loudest value, or a power of 1
 */
export const toDecibels = (
  power: Float32Array,
  floorDb: number,
  reference: 'loudest' | 'full-scale' = 'loudest',
): Float32Array => {
  let loudest = MINIMUM_POWER
  for (let i = 0; i < power.length; i++) if (power[i]! > loudest) loudest = power[i]!
  const quietest = Math.max(MINIMUM_POWER, loudest * 10 ** (floorDb / 10))
  const ceiling = 10 * Math.log10(loudest)
  const offset = reference === 'loudest' ? -ceiling : 0
  const highest = ceiling + offset
  const lowest = 10 * Math.log10(quietest) + offset
  const bits = new Int32Array(power.buffer, power.byteOffset, power.length)
  for (let i = 0; i < power.length; i++) {
    const word = bits[i]!
    const octave = (word >> MANTISSA_BITS) - EXPONENT_BIAS
    const step = (word >> (MANTISSA_BITS - TABLE_BITS)) & (2 ** TABLE_BITS - 1)
    const level = octave * DECIBELS_PER_OCTAVE + mantissaDecibels[step]! + offset
    power[i] = level < lowest ? lowest : level > highest ? highest : level
  }
  return power
}
