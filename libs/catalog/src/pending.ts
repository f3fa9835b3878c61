import type { Track } from '@soundalike/contracts'
import type { Kysely } from 'kysely'
import type { PendingQuery } from './catalog.ts'
import { checkRange } from './check-range.ts'
import type { CatalogSchema } from './schema.ts'
import { columns, toTrack } from './tracks.ts'

export const pending = async (
  db: Kysely<CatalogSchema>,
  { stage, fingerprint, after, limit, afterId = '' }: PendingQuery,
): Promise<Track[]> => {
  checkRange('limit', limit, 1, 10_000)
  let ready = db
    .selectFrom('tracks')
    .select(columns)
    .where('id', '>', afterId)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('stage_states as ended')
            .select('ended.track_id')
            .whereRef('ended.track_id', '=', 'tracks.id')
            .where('ended.stage', '=', stage)
            .where('ended.fingerprint', '=', fingerprint),
        ),
      ),
    )
  if (after !== null) {
    ready = ready.where(({ exists, selectFrom }) =>
      exists(
        selectFrom('stage_states as before')
          .select('before.track_id')
          .whereRef('before.track_id', '=', 'tracks.id')
          .where('before.stage', '=', after.stage)
          .where('before.fingerprint', '=', after.fingerprint)
          .where('before.state', '=', 'done'),
      ),
    )
  }
  const rows = await ready.orderBy('id').limit(limit).execute()
  return rows.map(toTrack)
}
