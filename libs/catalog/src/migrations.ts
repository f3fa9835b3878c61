import type { Migration } from '@soundalike/database'
import { sql } from 'kysely'

/** Steps the tables of the catalog went through. A step that was released is never edited. */
export const migrations: Record<string, Migration> = {
  '0001-tracks': {
    async up(db) {
      await sql`
        create table soundalike.tracks (
          id text collate "C" primary key,
          source text not null,
          source_track_id text not null,
          title text not null,
          artist text not null,
          album text not null,
          isrc text not null,
          duration_seconds double precision not null,
          licence text not null,
          attribution text not null,
          train_allowed boolean not null,
          locator text not null,
          words tsvector not null,
          sort_key text collate "C" not null
        )`.execute(db)
      await sql`create index tracks_words on soundalike.tracks using gin (words)`.execute(db)
      await sql`create index tracks_sorted on soundalike.tracks (sort_key, id)`.execute(db)
    },
  },

  '0002-stage-states': {
    async up(db) {
      await sql`
        create table soundalike.stage_states (
          track_id text collate "C" not null references soundalike.tracks on delete cascade,
          stage text not null,
          fingerprint text not null,
          state text not null check (state in ('done', 'failed', 'skipped')),
          code text,
          reason text,
          seconds double precision not null,
          updated_at timestamptz(3) not null default clock_timestamp(),
          primary key (track_id, stage, fingerprint)
        )`.execute(db)
      // What `pending` walks: the tracks for which a stage is done, in the order of their ids.
      await sql`
        create index stage_states_by_stage
          on soundalike.stage_states (stage, fingerprint, state, track_id)`.execute(db)
      await sql`
        create index stage_states_failed
          on soundalike.stage_states (updated_at, track_id, stage, fingerprint)
          where state = 'failed'`.execute(db)
    },
  },

  '0003-stage-counts': {
    async up(db) {
      await sql`
        create table soundalike.stage_counts (
          stage text not null,
          fingerprint text not null,
          shard integer not null,
          done integer not null,
          failed integer not null,
          skipped integer not null,
          seconds double precision not null,
          primary key (stage, fingerprint, shard)
        )`.execute(db)
      // A session always writes to the same shard. One shard may go below zero; the sum is right.
      await sql`
        create function soundalike.count_stage_states() returns trigger language plpgsql as $$
        begin
          if tg_op in ('UPDATE', 'DELETE') then
            insert into soundalike.stage_counts as counts
            select stage, fingerprint, pg_backend_pid() % 16,
              -count(*) filter (where state = 'done'),
              -count(*) filter (where state = 'failed'),
              -count(*) filter (where state = 'skipped'),
              -sum(removed.seconds)
            from removed group by stage, fingerprint order by stage, fingerprint
            on conflict (stage, fingerprint, shard) do update set
              done = counts.done + excluded.done,
              failed = counts.failed + excluded.failed,
              skipped = counts.skipped + excluded.skipped,
              seconds = counts.seconds + excluded.seconds;
          end if;
          if tg_op in ('INSERT', 'UPDATE') then
            insert into soundalike.stage_counts as counts
            select stage, fingerprint, pg_backend_pid() % 16,
              count(*) filter (where state = 'done'),
              count(*) filter (where state = 'failed'),
              count(*) filter (where state = 'skipped'),
              sum(added.seconds)
            from added group by stage, fingerprint order by stage, fingerprint
            on conflict (stage, fingerprint, shard) do update set
              done = counts.done + excluded.done,
              failed = counts.failed + excluded.failed,
              skipped = counts.skipped + excluded.skipped,
              seconds = counts.seconds + excluded.seconds;
          end if;
          return null;
        end $$`.execute(db)
      await sql`
        create trigger count_inserted after insert on soundalike.stage_states
          referencing new table as added
          for each statement execute function soundalike.count_stage_states()`.execute(db)
      await sql`
        create trigger count_updated after update on soundalike.stage_states
          referencing old table as removed new table as added
          for each statement execute function soundalike.count_stage_states()`.execute(db)
      await sql`
        create trigger count_deleted after delete on soundalike.stage_states
          referencing old table as removed
          for each statement execute function soundalike.count_stage_states()`.execute(db)
    },
  },

  '0004-cursors-models': {
    async up(db) {
      await sql`
        create table soundalike.cursors (
          source text primary key,
          position text not null,
          complete boolean not null,
          updated_at timestamptz(3) not null default clock_timestamp()
        )`.execute(db)
      await sql`
        create table soundalike.models (
          id text primary key,
          manifest jsonb not null,
          status text not null check (status in ('filling', 'live', 'retired')),
          added_at timestamptz(3) not null default clock_timestamp()
        )`.execute(db)
      await sql`
        create unique index models_one_live on soundalike.models (status) where status = 'live'
      `.execute(db)
    },
  },

  '0005-leases-leaving': {
    async up(db) {
      await sql`
        create table soundalike.leases (
          name text primary key,
          token integer not null,
          expires_at timestamptz(3) not null
        )`.execute(db)
      await sql`
        alter table soundalike.models
          drop constraint models_status_check,
          add constraint models_status_check
            check (status in ('filling', 'live', 'retired', 'leaving'))`.execute(db)
    },
  },
}
