import type { Migration } from '@soundalike/database'
import { sql } from 'kysely'

/** Steps the tables of the vector store went through. A step that was released is never edited. */
export const migrations: Record<string, Migration> = {
  '0001-vectors': {
    async up(db) {
      await sql`
        create table soundalike.vector_spaces (
          id integer generated always as identity primary key,
          name text not null unique,
          size integer not null,
          version bigint not null default 0,
          points integer not null default 0
        )`.execute(db)
      await sql`
        create table soundalike.vectors (
          space_id integer not null references soundalike.vector_spaces on delete cascade,
          track_id text collate "C" not null,
          version bigint not null,
          vector bytea,
          source text not null,
          artist text not null,
          album text not null,
          primary key (space_id, track_id)
        )`.execute(db)
      // What a reader that follows a space walks.
      await sql`
        create index vectors_by_version
          on soundalike.vectors (space_id, version, track_id)`.execute(db)
      await sql`
        create table soundalike.vector_aliases (
          alias text primary key,
          space_id integer not null references soundalike.vector_spaces
        )`.execute(db)
    },
  },
}
