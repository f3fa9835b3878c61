import type { Catalog } from '@soundalike/catalog'
import type { Track, TrainJob } from '@soundalike/contracts'
import { createHash } from 'node:crypto'

const PAGE_TRACKS = 1_000

/** What a run needs to know of a track; a hundred thousand of them are kept at once. */
export type SampledTrack = Pick<Track, 'id' | 'artist' | 'licence'>

/**
 * The tracks one run learns from: those that have a mel image and whose source allows it; of too many,
 * the ones whose hash with the seed is smallest, so that the same seed picks the same tracks.
 *
 * @returns in order of id
 */
export const sampleTracks = async (
  catalog: Catalog,
  { fingerprint, seed }: Pick<TrainJob, 'fingerprint' | 'seed'>,
  maxTracks: number,
): Promise<SampledTrack[]> => {
  const rankOf = (id: string): string =>
    createHash('sha256')
      .update(`${String(seed)} ${id}`)
      .digest('hex')
  let kept: { track: SampledTrack; rank: string }[] = []
  for await (const page of tracksDone(catalog, fingerprint)) {
    kept.push(
      ...page
        .filter((track) => track.trainAllowed)
        .map(({ id, artist, licence }) => ({ track: { id, artist, licence }, rank: rankOf(id) })),
    )
    // Cut now and then rather than at every page, so that memory stays bounded and sorting is rare.
    if (kept.length > 2 * maxTracks) kept = lowestRanks(kept, maxTracks)
  }
  return lowestRanks(kept, maxTracks)
    .map(({ track }) => track)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
}

const lowestRanks = <T extends { rank: string }>(items: T[], count: number): T[] =>
  items.sort((a, b) => (a.rank < b.rank ? -1 : 1)).slice(0, count)

async function* tracksDone(catalog: Catalog, fingerprint: string): AsyncGenerator<Track[]> {
  let afterId: string | undefined
  for (;;) {
    const page = await catalog.done({
      stage: 'spectrogram',
      fingerprint,
      limit: PAGE_TRACKS,
      ...(afterId === undefined ? {} : { afterId }),
    })
    if (page.length === 0) return
    yield page
    afterId = page.at(-1)?.id
  }
}
