/*
 * Figures of one query each, out of a ranking of all other previews. A query that cannot be judged, for instance
 * because no other preview shares its label, gives null and is left out of every mean.
 */

/** Whether one of the first `depth` is relevant. */
export const hitAt = (
  ranking: readonly number[],
  isRelevant: (index: number) => boolean,
  depth: number,
): number | null => {
  if (!ranking.some(isRelevant)) return null
  return ranking.slice(0, depth).some(isRelevant) ? 1 : 0
}

/** Share of relevant ones among the first `depth`. */
export const precisionAt = (
  ranking: readonly number[],
  isRelevant: (index: number) => boolean,
  depth: number,
): number | null => {
  if (!ranking.some(isRelevant)) return null
  const first = ranking.slice(0, depth)
  return first.filter(isRelevant).length / first.length
}

/** Mean of the precision at the place of every relevant one. */
export const averagePrecision = (
  ranking: readonly number[],
  isRelevant: (index: number) => boolean,
): number | null => {
  let found = 0
  let sum = 0
  ranking.forEach((index, place) => {
    if (!isRelevant(index)) return
    found += 1
    sum += found / (place + 1)
  })
  return found === 0 ? null : sum / found
}

/** How often each preview is among the first `depth` of another. */
export const occurrences = (rankings: readonly (readonly number[])[], depth: number): number[] => {
  const counts = rankings.map(() => 0)
  for (const ranking of rankings) {
    for (const index of ranking.slice(0, depth)) counts[index]! += 1
  }
  return counts
}

/** Third standardised moment; of occurrences, the usual measure of hubness (Radovanović et al. 2010). */
export const skewness = (values: readonly number[]): number => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const moment = (power: number) =>
    values.reduce((sum, value) => sum + (value - mean) ** power, 0) / values.length
  const variance = moment(2)
  return variance > 0 ? moment(3) / variance ** 1.5 : 0
}
