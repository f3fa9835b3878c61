import { cosineOf } from './cosine.ts'
import type { Neighbour, NearVector, VectorQuery } from './vector-store.ts'

/** A track measured against a direction: the cosines of the whole and of both halves. */
export const measure = (trackId: string, direction: Float32Array, row: Float32Array): Neighbour => {
  const cosine = (part: RankBy) => cosineOf(direction, row, ...partOf(part, direction.length))
  return {
    trackId,
    similarity: cosine('whole'),
    axes: { time: cosine('time'), frequency: cosine('frequency') },
  }
}

export type RankBy = NonNullable<NearVector['rankBy']>

/** What ranks the answers to a query. */
export const rankingOf = (query: VectorQuery): RankBy =>
  'vector' in query ? (query.rankBy ?? 'whole') : 'whole'

/** Where a part of a vector begins and ends. */
export const partOf = (part: RankBy, size: number): [start: number, end: number] => [
  part === 'frequency' ? size / 2 : 0,
  part === 'time' ? size / 2 : size,
]

interface Ranked {
  readonly trackId: string
  /** The cosine that ranks. */
  readonly rank: number
}

/** Nearest first, ties by track id. */
export const byRank = (a: Ranked, b: Ranked): number =>
  b.rank - a.rank || (a.trackId < b.trackId ? -1 : 1)
