import type { Interval } from './bootstrap.ts'
import { createRandom } from '../random.ts'

/** Artists are left out in this many parts, one after the other. */
const parts = 20

/** Middle 95 % of a normal distribution, in deviations. */
const quantile = 1.96

/**
 * A figure with its interval by delete-a-group jackknife over artists (Kott 2001).
 *
 * For figures of how vectors lie in space, where a bootstrap is biased: it draws artists several times, equal vectors
 * lie at distance 0 and span nothing, and the interval need not even contain the value. Leaving artists out makes
 * no duplicates.
 *
 * @param groups - preview indexes by artist
 */
export const jackknife = (
  groups: readonly (readonly number[])[],
  figure: (indexes: readonly number[]) => number,
): Interval => {
  const value = figure(groups.flat())
  const order = createRandom(1).shuffle([...groups])
  const count = Math.min(parts, order.length)
  if (count < 2) return { value, low: Number.NaN, high: Number.NaN }
  const without = Array.from({ length: count }, (_, part) =>
    figure(order.filter((_group, place) => place % count !== part).flat()),
  )
  const mean = without.reduce((sum, one) => sum + one, 0) / count
  const squares = without.reduce((sum, one) => sum + (one - mean) ** 2, 0)
  const reach = quantile * Math.sqrt(((count - 1) / count) * squares)
  return { value, low: value - reach, high: value + reach }
}
