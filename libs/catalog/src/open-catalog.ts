import { gather, kysely, migrate, type Database } from '@soundalike/database'
import { sql, type Kysely } from 'kysely'
import type { Catalog } from './catalog.ts'
import { cursors } from './cursors.ts'
import { countPermanentFailures, failures, forget } from './failures.ts'
import { leases } from './leases.ts'
import { migrations } from './migrations.ts'
import { models } from './models.ts'
import { done } from './done.ts'
import { pending } from './pending.ts'
import type { CatalogSchema } from './schema.ts'
import { stageStates } from './stage-states.ts'
import { searchTracks } from './search.ts'
import { countTracks, getTracks, upsertTracks } from './tracks.ts'

/**
 * Opens the catalog kept in a database, bringing its tables up to date first.
 *
 * @throws Error when the tables cannot be brought up to date
 */
export const openCatalog = async (database: Database): Promise<Catalog> => {
  await migrate(database, 'catalog', migrations)
  const db = kysely<CatalogSchema>(database)
  // An embedded database belongs to this process alone, so whoever had these is gone.
  if (database.embedded)
    await db
      .updateTable('leases')
      .set({ expires_at: sql`clock_timestamp()` })
      .execute()
  return {
    upsertTracks: (tracks) => upsertTracks(db, tracks),
    getTrack: gather(async (ids: readonly string[]) => {
      const tracks = await getTracks(db, ids)
      return ids.map((id) => tracks.get(id) ?? null)
    }),
    getTracks: (ids) => getTracks(db, ids),
    searchTracks: (query) => searchTracks(db, query),
    countTracks: () => countTracks(db),
    ...stageStates(db),
    failures: (query) => failures(db, query),
    countPermanentFailures: (stage, fingerprint) => countPermanentFailures(db, stage, fingerprint),
    pending: (query) => pending(db, query),
    done: (query) => done(db, query),
    forget: (query) => forget(db, query),
    ...cursors(db),
    ...models(db),
    ...leases(db),
    now: () => now(db),
    close: async () => {},
  }
}

const now = async (db: Kysely<CatalogSchema>): Promise<Date> => {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(db)
  const [row] = rows
  if (row === undefined) throw new Error('the database does not say what time it is')
  return row.now
}
