import { inIndexOrder } from '@soundalike/database'
import { sql, type Kysely } from 'kysely'
import type { TrackPage, TrackQuery } from './catalog.ts'
import { checkRange } from './check-range.ts'
import type { CatalogSchema } from './schema.ts'
import { countTracks, tracksInOrder } from './tracks.ts'
import { prefixQuery } from './words.ts'

type Database = Kysely<CatalogSchema>
type Page = Pick<TrackQuery, 'limit' | 'offset'>

interface FoundIds {
  readonly ids: string[]
  readonly total: number
}

export const searchTracks = async (
  db: Database,
  { query, limit, offset }: TrackQuery,
): Promise<TrackPage> => {
  checkRange('limit', limit, 1, 1_000)
  checkRange('offset', offset, 0, 1_000_000)
  const words = prefixQuery(query)
  const page = { limit, offset }
  const { ids, total } = await (words === null ? findAll(db, page) : findWords(db, words, page))
  return { tracks: await tracksInOrder(db, ids), total }
}

const findAll = async (db: Database, { limit, offset }: Page): Promise<FoundIds> => {
  const rows = await inIndexOrder(db, (transaction) =>
    transaction
      .selectFrom('tracks')
      .select('id')
      .orderBy('sort_key')
      .orderBy('id')
      .limit(limit)
      .offset(offset)
      .execute(),
  )
  return { ids: rows.map(({ id }) => id), total: await countTracks(db) }
}

/**
 * Finds by the index of words first and sorts what was found. Written as one query the planner may walk all
 * tracks in their order instead, until enough have matched.
 */
const findWords = async (
  db: Database,
  words: string,
  { limit, offset }: Page,
): Promise<FoundIds> => {
  const { rows } = await sql<FoundIds>`
    with found as materialized (
      select id, sort_key from soundalike.tracks where words @@ ${words}::tsquery
    )
    select
      (select count(*)::integer from found) as total,
      array(select id from found order by sort_key, id limit ${limit} offset ${offset}) as ids
  `.execute(db)
  return rows[0] ?? { ids: [], total: 0 }
}
