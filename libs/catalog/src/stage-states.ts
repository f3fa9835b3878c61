import { Failure, type TrackStage } from '@soundalike/contracts'
import { gather, storableText } from '@soundalike/database'
import { sql, type Insertable, type Kysely } from 'kysely'
import type { Catalog, StageCounts, StageKey, StageState } from './catalog.ts'
import { isForeignKeyViolation } from './foreign-key.ts'
import { doneStates } from './record-done.ts'
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
> => {
  const stateOf = gather((keys: readonly StageKey[]) => statesOf(db, keys))
  return {
    ...doneStates(db),

    recordFailed: ({ failure, seconds, ...key }) =>
      record(db, key, {
        state: 'failed',
        code: failure.code,
        reason: storableText(failure.message),
        seconds,
      }),

    recordSkipped: ({ code = null, reason, ...key }) =>
      record(db, key, { state: 'skipped', code, reason: storableText(reason), seconds: 0 }),

    stageState: (trackId, stage, fingerprint) => stateOf({ trackId, stage, fingerprint }),

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
  }
}

const statesOf = async (
  db: Database,
  keys: readonly StageKey[],
): Promise<(StageState | null)[]> => {
  const { rows } = await sql<StageState & { position: number }>`
    select position::integer, state, code, reason, seconds, updated_at as "updatedAt"
    from unnest(
      ${keys.map(({ trackId }) => trackId)}::text[],
      ${keys.map(({ stage }) => stage)}::text[],
      ${keys.map(({ fingerprint }) => fingerprint)}::text[]
    ) with ordinality as asked (track_id, stage, fingerprint, position)
    join soundalike.stage_states using (track_id, stage, fingerprint)`.execute(db)
  const states = new Map(rows.map(({ position, ...state }) => [position, state]))
  return keys.map((_, index) => states.get(index + 1) ?? null)
}

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
