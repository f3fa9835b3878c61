import { Failure, type TrackStage } from '@soundalike/contracts'
import { gather } from '@soundalike/database'
import { sql, type Kysely } from 'kysely'
import type { Catalog, StageKey } from './catalog.ts'
import { isForeignKeyViolation } from './foreign-key.ts'
import type { CatalogSchema } from './schema.ts'

type Database = Kysely<CatalogSchema>

/** Part of the catalog that records success. Tracks that get ready at the same time share a statement. */
export const doneStates = (db: Database): Pick<Catalog, 'recordDone' | 'recordAllDone'> => ({
  recordDone: gather(async (outcomes) => {
    const ofStages = Map.groupBy(outcomes, ({ stage, fingerprint }) => `${stage} ${fingerprint}`)
    for (const [first, ...others] of ofStages.values()) {
      if (first !== undefined) await writeDone(db, first, [first, ...others], 'replace')
    }
    return outcomes.map(() => undefined)
  }),

  recordAllDone: ({ trackIds, seconds, ...key }) =>
    writeDone(
      db,
      key,
      trackIds.map((trackId) => ({ trackId, seconds })),
      'leave',
    ),
})

/**
 * @param doneBefore - what becomes of states that are done already
 * @returns ids of the tracks that were written
 */
const writeDone = async (
  db: Database,
  { stage, fingerprint }: { readonly stage: TrackStage; readonly fingerprint: string },
  tracks: readonly (Pick<StageKey, 'trackId'> & { readonly seconds: number })[],
  doneBefore: 'replace' | 'leave',
): Promise<string[]> => {
  // Same order everywhere prevents deadlocks, and one row cannot be written twice by one statement.
  const secondsOf = new Map(tracks.map(({ trackId, seconds }) => [trackId, seconds]))
  const ids = [...secondsOf.keys()].sort()
  const seconds = ids.map((id) => secondsOf.get(id))
  try {
    const { rows } = await sql<{ id: string }>`
      insert into soundalike.stage_states as known (track_id, stage, fingerprint, state, seconds)
      select id, ${stage}, ${fingerprint}, 'done', seconds
      from unnest(${ids}::text[], ${seconds}::double precision[]) as given (id, seconds)
      on conflict (track_id, stage, fingerprint) do update set
        state = 'done', code = null, reason = null, seconds = excluded.seconds,
        updated_at = clock_timestamp()
      where known.state <> 'done' or ${doneBefore === 'replace'}
      returning known.track_id as id`.execute(db)
    return rows.map(({ id }) => id)
  } catch (error) {
    if (!isForeignKeyViolation(error)) throw error
    throw new Failure('unknown-track', `the catalog lacks one of ${String(ids.length)} tracks`)
  }
}
