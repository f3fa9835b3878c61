import type { Track } from '@soundalike/contracts'
import type { Kysely } from 'kysely'
import type { DoneQuery } from './catalog.ts'
import { checkRange } from './check-range.ts'
import type { CatalogSchema } from './schema.ts'
import { columns, toTrack } from './tracks.ts'

export const done = async (
  db: Kysely<CatalogSchema>,
  { stage, fingerprint, limit, afterId = '' }: DoneQuery,
): Promise<Track[]> => {
  checkRange('limit', limit, 1, 10_000)
  const rows = await db
    .selectFrom('tracks')
    .innerJoin('stage_states', 'stage_states.track_id', 'tracks.id')
    .select(columns)
    .where('id', '>', afterId)
    .where('stage', '=', stage)
    .where('fingerprint', '=', fingerprint)
    .where('state', '=', 'done')
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(toTrack)
}
