import { Failure } from '@soundalike/contracts'

/** Rates outside this are a damaged header. A resampler takes memory in proportion to the rate it is told. */
const LOWEST_HZ = 1_000
const HIGHEST_HZ = 768_000

/**
 * Refuses a sample rate that no recording has.
 *
 * @throws Failure `decode-failed`
 */
export const checkRate = (rateHz: number): void => {
  if (rateHz >= LOWEST_HZ && rateHz <= HIGHEST_HZ) return
  throw new Failure('decode-failed', `bad header: ${rateHz} samples per second`)
}
