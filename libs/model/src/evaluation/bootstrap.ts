import { createRandom } from '../random.ts'

/** A figure and the middle 95 % of what it would be with other artists in the test set. */
export interface Interval {
  readonly value: number
  readonly low: number
  readonly high: number
}

const resamples = 1_000

/**
 * A figure with its interval by bootstrap over artists: whole artists are drawn with replacement, because
 * the previews of one artist stand or fall together.
 *
 * @param figure - of a list of preview indexes, which may name one several times; NaN when it cannot be told
 * @param groups - preview indexes by artist
 */
export const bootstrap = (
  groups: readonly (readonly number[])[],
  figure: (indexes: readonly number[]) => number,
  times: number = resamples,
): Interval => {
  const random = createRandom(1)
  const drawn = Array.from({ length: times }, () =>
    figure(groups.flatMap(() => groups[random.below(groups.length)]!)),
  )
    .filter((value) => !Number.isNaN(value))
    .sort((a, b) => a - b)
  const at = (share: number) => drawn[Math.round(share * (drawn.length - 1))] ?? Number.NaN
  return { value: figure(groups.flat()), low: at(0.025), high: at(0.975) }
}

/** Bootstrap of a mean of per-query figures; null ones are left out. */
export const bootstrapMean = (
  groups: readonly (readonly number[])[],
  perQuery: readonly (number | null)[],
): Interval =>
  bootstrap(groups, (indexes) => {
    let sum = 0
    let count = 0
    for (const index of indexes) {
      const value = perQuery[index]
      if (value === null || value === undefined) continue
      sum += value
      count += 1
    }
    return count === 0 ? Number.NaN : sum / count
  })
