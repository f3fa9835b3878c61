import type { Neighbour, VectorStore } from '@soundalike/vectors'
import { withoutCopies } from './copies.ts'

const largestLimit = 100

/** Neighbours asked for beyond the limit, so that copies left out leave no gap. */
const spareNeighbours = 20

export interface SimilarQuery {
  /** The seed track. */
  readonly trackId: string
  /** 1…100. */
  readonly limit: number
  /** @defaultValue the live space */
  readonly space?: string
}

/**
 * The tracks that sound most like a seed track, nearest first, without the seed itself and without copies: of tracks
 * no vector tells apart, only one is listed, and none that is such a copy of the seed.
 *
 * @returns null when the seed has no vector in the space
 * @throws RangeError when the limit is out of bounds; Failure `unknown-space`
 */
export const similarTracks = async (
  vectors: Pick<VectorStore, 'get' | 'search'>,
  { trackId, limit, space = 'live' }: SimilarQuery,
): Promise<Neighbour[] | null> => {
  if (!Number.isInteger(limit) || limit < 1 || limit > largestLimit) {
    throw new RangeError(`limit must be a whole number from 1 to ${largestLimit}, not ${limit}`)
  }
  const vector = await vectors.get(space, trackId)
  if (vector === null) return null
  const neighbours = await vectors.search(space, {
    vector,
    limit: limit + spareNeighbours,
    exclude: [trackId],
  })
  return withoutCopies(neighbours).slice(0, limit)
}
