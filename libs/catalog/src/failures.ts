import { failureKinds, type FailureCode, type TrackStage } from '@soundalike/contracts'
import { sql, type Kysely } from 'kysely'
import type { FailureQuery, ForgetQuery, TrackFailure } from './catalog.ts'
import { checkRange } from './check-range.ts'
import type { CatalogSchema } from './schema.ts'

type Database = Kysely<CatalogSchema>

export const failures = async (db: Database, query: FailureQuery): Promise<TrackFailure[]> => {
  checkRange('limit', query.limit, 1, 10_000)
  let failed = db.selectFrom('stage_states').where('state', '=', 'failed')
  if (query.stage !== undefined) failed = failed.where('stage', '=', query.stage)
  if (query.fingerprint !== undefined) failed = failed.where('fingerprint', '=', query.fingerprint)
  if (query.code !== undefined) failed = failed.where('code', '=', query.code)
  if (query.after !== undefined) {
    const [updatedAt, trackId, stage, fingerprint] = readCursor(query.after)
    failed = failed.where(
      sql<boolean>`(updated_at, track_id, stage, fingerprint)
        < (${updatedAt}::timestamptz, ${trackId}::text, ${stage}::text, ${fingerprint}::text)`,
    )
  }
  const rows = await failed
    .select([
      'track_id as trackId',
      'stage',
      'fingerprint',
      // A check on the table would say the same: a failed state has both.
      sql<TrackFailure['code']>`code`.as('code'),
      sql<string>`reason`.as('reason'),
      'seconds',
      'updated_at as updatedAt',
    ])
    .orderBy('updated_at', 'desc')
    .orderBy('track_id', 'desc')
    .orderBy('stage', 'desc')
    .orderBy('fingerprint', 'desc')
    .limit(query.limit)
    .execute()
  return rows.map((row) => ({ ...row, cursor: writeCursor(row) }))
}

const permanentCodes = Object.entries(failureKinds)
  .filter(([, { permanent }]) => permanent)
  .map(([code]) => code)

export const countPermanentFailures = async (
  db: Database,
  stage: TrackStage,
  fingerprint: string,
): Promise<number> => {
  const { total } = await db
    .selectFrom('stage_states')
    .select(sql<number>`count(*)::integer`.as('total'))
    .where('stage', '=', stage)
    .where('fingerprint', '=', fingerprint)
    .where('state', '=', 'failed')
    .where('code', '=', sql<FailureCode>`any(${permanentCodes}::text[])`)
    .executeTakeFirstOrThrow()
  return total
}

export const forget = async (
  db: Database,
  { stage, code, minAgeSeconds, trackIds }: ForgetQuery,
): Promise<number> => {
  let failed = db.deleteFrom('stage_states').where('state', '=', 'failed')
  if (stage !== undefined) failed = failed.where('stage', '=', stage)
  if (code !== undefined) failed = failed.where('code', '=', code)
  if (minAgeSeconds !== undefined) {
    const age = sql<Date>`make_interval(secs => ${minAgeSeconds}::double precision)`
    failed = failed.where('updated_at', '<=', sql<Date>`clock_timestamp() - ${age}`)
  }
  if (trackIds !== undefined) {
    failed = failed.where('track_id', '=', sql<string>`any(${[...trackIds]}::text[])`)
  }
  const { numDeletedRows } = await failed.executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}

const writeCursor = (row: Omit<TrackFailure, 'cursor'>): string =>
  [row.updatedAt.toISOString(), row.trackId, row.stage, row.fingerprint].join('~')

const readCursor = (cursor: string): [Date, string, string, string] => {
  const [time = '', trackId, stage, fingerprint] = cursor.split('~')
  const updatedAt = new Date(time)
  if (Number.isNaN(updatedAt.getTime()) || !trackId || !stage || !fingerprint) {
    throw new RangeError(`not a cursor of failures: ${JSON.stringify(cursor.slice(0, 100))}`)
  }
  return [updatedAt, trackId, stage, fingerprint]
}
