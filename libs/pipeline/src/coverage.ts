import type { Catalog } from '@soundalike/catalog'
import type { ModelManifest } from '@soundalike/contracts'

/** How full the space of a model is. */
export interface Coverage {
  /** Vectors in it. */
  readonly vectors: number
  /** Mel images that can have one: those for which embedding has failed for good do not count. */
  readonly images: number
  /** Share of these images that have a vector, 0…1; 0 where there is no vector at all. */
  readonly share: number
}

/** How far the filling of a model's space is. */
export const coverageOf = async (
  catalog: Pick<Catalog, 'stageCounts' | 'countPermanentFailures'>,
  vectors: { count(space: string): Promise<number> },
  { id, fingerprint }: Pick<ModelManifest, 'id' | 'fingerprint'>,
): Promise<Coverage> => {
  const [{ done }, refused, count] = await Promise.all([
    catalog.stageCounts('spectrogram', fingerprint),
    catalog.countPermanentFailures('embed', id),
    vectors.count(id),
  ])
  const images = Math.max(0, done - refused)
  // A space in which there is nothing covers nothing.
  const share = count === 0 ? 0 : Math.min(1, count / Math.max(1, images))
  return { vectors: count, images, share }
}
