import { sql, type Kysely } from 'kysely'
import type { Catalog } from './catalog.ts'
import type { CatalogSchema } from './schema.ts'

/** Part of the catalog that remembers how far each source was walked. */
export const cursors = (db: Kysely<CatalogSchema>): Pick<Catalog, 'cursor' | 'saveCursor'> => ({
  cursor: async (source) => {
    const row = await db
      .selectFrom('cursors')
      .select(['position', 'complete', 'updated_at as updatedAt'])
      .where('source', '=', source)
      .executeTakeFirst()
    return row ?? null
  },

  saveCursor: async (source, { position, complete }) => {
    await db
      .insertInto('cursors')
      .values({ source, position, complete })
      .onConflict((conflict) =>
        conflict
          .column('source')
          .doUpdateSet({ position, complete, updated_at: sql`clock_timestamp()` }),
      )
      .execute()
  },
})
