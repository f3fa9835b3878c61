import { gather, kysely, migrate, type Database } from '@soundalike/database'
import type { Catalog } from './catalog.ts'
import { cursors } from './cursors.ts'
import { countPermanentFailures, failures, forget } from './failures.ts'
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
    close: async () => {},
  }
}
