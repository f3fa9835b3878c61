import type { Track } from '@soundalike/contracts'
import { inIndexOrder } from '@soundalike/database'
import type { Kysely } from 'kysely'
import type { DoneQuery } from './catalog.ts'
import { checkRange } from './check-range.ts'
import type { CatalogSchema } from './schema.ts'
import { tracksInOrder } from './tracks.ts'

export const done = async (
  db: Kysely<CatalogSchema>,
  { stage, fingerprint, limit, afterId = '' }: DoneQuery,
): Promise<Track[]> => {
  checkRange('limit', limit, 1, 10_000)
  const rows = await inIndexOrder(db, (transaction) =>
    transaction
      .selectFrom('stage_states')
      .select('track_id')
      .where('stage', '=', stage)
      .where('fingerprint', '=', fingerprint)
      .where('state', '=', 'done')
      .where('track_id', '>', afterId)
      .orderBy('track_id')
      .limit(limit)
      .execute(),
  )
  return tracksInOrder(
    db,
    rows.map((row) => row.track_id),
  )
}
