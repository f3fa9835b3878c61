import { Failure, type TrackStage } from '@soundalike/contracts'
import { storableText } from '@soundalike/database'
import { sql, type Insertable, type Kysely } from 'kysely'
import type { Catalog, StageCounts, StageKey, StageState } from './catalog.ts'
import type { CatalogSchema } from './schema.ts'

type Database = Kysely<CatalogSchema>
type Result = Pick<
  Insertable<CatalogSchema['stage_states']>,
  'state' | 'code' | 'reason' | 'seconds'
>

/** Part of the catalog that says how far each track got. */
export const stageStates = (
  db: Database,
): Pick<
  Catalog,
  | 'recordDone'
  | 'recordAllDone'
  | 'recordFailed'
  | 'recordSkipped'
  | 'stageState'
  | 'stageCounts'
  | 'forgetDone'
> => ({
  recordDone: ({ seconds, ...key }) =>
    record(db, key, { state: 'done', code: null, reason: null, seconds }),

  recordAllDone: ({ trackIds, stage, fingerprint, seconds }) =>
    recordAllDone(db, trackIds, stage, fingerprint, seconds),

  recordFailed: ({ failure, seconds, ...key }) =>
    record(db, key, {
      state: 'failed',
      code: failure.code,
      reason: storableText(failure.message),
      seconds,
    }),

  recordSkipped: ({ code = null, reason, ...key }) =>
    record(db, key, { state: 'skipped', code, reason: storableText(reason), seconds: 0 }),

  stageState: async (trackId, stage, fingerprint) => {
    const row = await db
      .selectFrom('stage_states')
      .select(['state', 'code', 'reason', 'seconds', 'updated_at as updatedAt'])
      .where('track_id', '=', trackId)
      .where('stage', '=', stage)
      .where('fingerprint', '=', fingerprint)
      .executeTakeFirst()
    return (row satisfies StageState | undefined) ?? null
  },

  stageCounts: (stage, fingerprint) => stageCounts(db, stage, fingerprint),

  forgetDone: async (key) => {
    const { track_id, stage, fingerprint } = toColumns(key)
    await db
      .deleteFrom('stage_states')
      .where('track_id', '=', track_id)
      .where('stage', '=', stage)
      .where('fingerprint', '=', fingerprint)
      .where('state', '=', 'done')
      .execute()
  },
})

const record = async (db: Database, key: StageKey, result: Result): Promise<void> => {
  try {
    await db
      .insertInto('stage_states')
      .values({ ...toColumns(key), ...result })
      .onConflict((conflict) =>
        conflict
          .columns(['track_id', 'stage', 'fingerprint'])
          .doUpdateSet({ ...result, updated_at: sql`clock_timestamp()` })
          .where(sql<boolean>`not (excluded.state = 'failed' and stage_states.state = 'done')`),
      )
      .execute()
  } catch (error) {
    if (!isForeignKeyViolation(error)) throw error
    throw new Failure('unknown-track', `the catalog has no track ${key.trackId}`)
  }
}

/** Same order everywhere prevents deadlocks, and one row cannot be written twice by one statement. */
const recordAllDone = async (
  db: Database,
  trackIds: readonly string[],
  stage: TrackStage,
  fingerprint: string,
  seconds: number,
): Promise<string[]> => {
  const ids = [...new Set(trackIds)].sort()
  try {
    const { rows } = await sql<{ id: string }>`
      insert into soundalike.stage_states as known (track_id, stage, fingerprint, state, seconds)
      select id, ${stage}, ${fingerprint}, 'done', ${seconds}::double precision
      from unnest(${ids}::text[]) as id
      on conflict (track_id, stage, fingerprint) do update set
        state = 'done', code = null, reason = null, seconds = excluded.seconds,
        updated_at = clock_timestamp()
      where known.state <> 'done'
      returning known.track_id as id`.execute(db)
    return rows.map(({ id }) => id)
  } catch (error) {
    if (!isForeignKeyViolation(error)) throw error
    throw new Failure('unknown-track', `the catalog lacks one of ${String(ids.length)} tracks`)
  }
}

const stageCounts = async (
  db: Database,
  stage: TrackStage,
  fingerprint: string,
): Promise<StageCounts> =>
  db
    .selectFrom('stage_counts')
    .select([
      sql<number>`coalesce(sum(done), 0)::integer`.as('done'),
      sql<number>`coalesce(sum(failed), 0)::integer`.as('failed'),
      sql<number>`coalesce(sum(skipped), 0)::integer`.as('skipped'),
      // Adding and subtracting fractions leaves dust below zero.
      sql<number>`greatest(coalesce(sum(seconds), 0), 0)::double precision`.as('seconds'),
    ])
    .where('stage', '=', stage)
    .where('fingerprint', '=', fingerprint)
    .executeTakeFirstOrThrow()

const toColumns = ({ trackId, stage, fingerprint }: StageKey) => ({
  track_id: trackId,
  stage,
  fingerprint,
})

const isForeignKeyViolation = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === '23503'
