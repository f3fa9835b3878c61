import type { Track } from '@soundalike/contracts'
import { inIndexOrder } from '@soundalike/database'
import { sql, type Kysely } from 'kysely'
import type { PendingQuery } from './catalog.ts'
import { checkRange } from './check-range.ts'
import type { CatalogSchema } from './schema.ts'
import { tracksInOrder } from './tracks.ts'

/**
 * Walks the tracks that are ready and looks each one up among those that have ended. `limit 1` keeps
 * the lookup a lookup: a planner without statistics would make a join of it that compares all with all.
 */
export const pending = async (
  db: Kysely<CatalogSchema>,
  { stage, fingerprint, after, limit, afterId = '' }: PendingQuery,
): Promise<Track[]> => {
  checkRange('limit', limit, 1, 10_000)
  const { rows } = await inIndexOrder(db, (transaction) =>
    sql<{ id: string }>`
      select id from (${readyIds(after)}) as ready
      where id > ${afterId} and (
        select true from soundalike.stage_states as ended
        where ended.track_id = ready.id and ended.stage = ${stage}
          and ended.fingerprint = ${fingerprint}
        limit 1
      ) is null
      order by id
      limit ${limit}`.execute(transaction),
  )
  return tracksInOrder(
    db,
    rows.map(({ id }) => id),
  )
}

const readyIds = (after: PendingQuery['after']) =>
  after === null
    ? sql`select id from soundalike.tracks`
    : sql`
        select track_id as id from soundalike.stage_states
        where stage = ${after.stage} and fingerprint = ${after.fingerprint} and state = 'done'`
