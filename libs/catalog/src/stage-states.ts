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
  'recordDone' | 'recordFailed' | 'recordSkipped' | 'stageState' | 'stageCounts' | 'forgetDone'
> => ({
  recordDone: ({ seconds, ...key }) =>
    record(db, key, { state: 'done', code: null, reason: null, seconds }),

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
