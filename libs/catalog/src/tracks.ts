import { create } from '@bufbuild/protobuf'
import { TrackSchema, type Track } from '@soundalike/contracts'
import { storableText } from '@soundalike/database'
import { sql, type Kysely, type Selectable } from 'kysely'
import type { CatalogSchema } from './schema.ts'
import { sortKeyOf, wordsOf } from './words.ts'

type Database = Kysely<CatalogSchema>

const batchSize = 500

export const upsertTracks = async (
  db: Database,
  tracks: readonly Track[],
): Promise<{ added: string[] }> => {
  // One row cannot be written twice by one statement, and the same order everywhere prevents deadlocks.
  const distinct = [...new Map(tracks.map((track) => [track.id, track])).values()].sort(byId)
  const added: string[] = []
  for (let start = 0; start < distinct.length; start += batchSize) {
    added.push(...(await upsertBatch(db, distinct.slice(start, start + batchSize))))
  }
  return { added }
}

/**
 * Writes only rows that are new or differ: `on conflict do update` alone would lock, and so write, all of them.
 *
 * @returns ids that were new (`xmax` is the transaction that replaced or locked a row: 0 on a fresh one)
 */
const upsertBatch = async (db: Database, tracks: readonly Track[]): Promise<string[]> => {
  const rows = JSON.stringify(tracks.map(toRow))
  const written = await sql<{ id: string; added: boolean }>`
    insert into soundalike.tracks as known (${columnList()}, words, sort_key)
    select ${columnList('given')}, array_to_tsvector(given.words), given.sort_key
    from jsonb_to_recordset(${rows}::jsonb) as given (
      id text, source text, source_track_id text, title text, artist text, album text, isrc text,
      duration_seconds double precision, licence text, attribution text, train_allowed boolean,
      locator text, words text[], sort_key text
    )
    left join soundalike.tracks as same on same.id = given.id
    where same.id is null or (${columnList('same')}) is distinct from (${columnList('given')})
    on conflict (id) do update set
      (${columnList()}, words, sort_key) = (${columnList('excluded')}, excluded.words, excluded.sort_key)
    returning known.id, known.xmax = 0 as added`.execute(db)
  return written.rows.filter((row) => row.added).map((row) => row.id)
}

export const getTracks = async (
  db: Database,
  ids: readonly string[],
): Promise<Map<string, Track>> => {
  const rows = await db
    .selectFrom('tracks')
    .select(columns)
    .where('id', '=', sql<string>`any(${[...ids]}::text[])`)
    .execute()
  return new Map(rows.map((row) => [row.id, toTrack(row)]))
}

/** The tracks there are among some ids, in the order of the ids. */
export const tracksInOrder = async (db: Database, ids: readonly string[]): Promise<Track[]> => {
  const tracks = await getTracks(db, ids)
  return ids.flatMap((id) => tracks.get(id) ?? [])
}

export const countTracks = async (db: Database): Promise<number> => {
  const { total } = await db
    .selectFrom('tracks')
    .select(sql<number>`count(*)::integer`.as('total'))
    .executeTakeFirstOrThrow()
  return total
}

/** Columns that make a track, in the order of the table. */
const columns = [
  'id',
  'source',
  'source_track_id',
  'title',
  'artist',
  'album',
  'isrc',
  'duration_seconds',
  'licence',
  'attribution',
  'train_allowed',
  'locator',
] as const

const columnList = (table?: string) =>
  sql.join(columns.map((column) => sql.ref(table === undefined ? column : `${table}.${column}`)))

type TrackColumns = Pick<Selectable<CatalogSchema['tracks']>, (typeof columns)[number]>

const toTrack = (row: TrackColumns): Track =>
  create(TrackSchema, {
    id: row.id,
    source: row.source,
    sourceTrackId: row.source_track_id,
    title: row.title,
    artist: row.artist,
    album: row.album,
    isrc: row.isrc,
    durationSeconds: row.duration_seconds,
    licence: row.licence,
    attribution: row.attribution,
    trainAllowed: row.train_allowed,
    locator: row.locator,
  })

const toRow = (track: Track) => ({
  id: track.id,
  source: storableText(track.source),
  source_track_id: storableText(track.sourceTrackId),
  title: storableText(track.title),
  artist: storableText(track.artist),
  album: storableText(track.album),
  isrc: storableText(track.isrc),
  duration_seconds: track.durationSeconds,
  licence: storableText(track.licence),
  attribution: storableText(track.attribution),
  train_allowed: track.trainAllowed,
  locator: storableText(track.locator),
  words: wordsOf(track.title, track.artist, track.album, track.locator),
  sort_key: sortKeyOf(track.artist, track.album, track.title),
})

const byId = (a: Track, b: Track): number => (a.id < b.id ? -1 : 1)
