import type { Catalog } from '@soundalike/catalog'
import { isTrackId, type Track } from '@soundalike/contracts'
import { Problem } from '../http/problems.ts'

/**
 * @throws Problem `unknown-track`, also for what cannot be an id
 */
export const findTrack = async (catalog: Catalog, id: string): Promise<Track> => {
  const track = isTrackId(id) ? await catalog.getTrack(id) : null
  if (track === null) throw new Problem('unknown-track', 'There is no track with this id.')
  return track
}
