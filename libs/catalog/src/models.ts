import { fromJson, toJsonString } from '@bufbuild/protobuf'
import { ModelManifestSchema } from '@soundalike/contracts'
import type { Kysely, Selectable } from 'kysely'
import type { Catalog, ModelRow } from './catalog.ts'
import type { CatalogSchema } from './schema.ts'

/** Part of the catalog that knows the models. */
export const models = (
  db: Kysely<CatalogSchema>,
): Pick<Catalog, 'addModel' | 'model' | 'models' | 'liveModel' | 'setLiveModel'> => ({
  addModel: async (manifest, status) => {
    const json = toJsonString(ModelManifestSchema, manifest)
    await db
      .insertInto('models')
      .values({ id: manifest.id, manifest: json, status })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ manifest: json }))
      .execute()
  },

  model: async (id) => {
    const row = await db.selectFrom('models').selectAll().where('id', '=', id).executeTakeFirst()
    return row === undefined ? null : toModelRow(row)
  },

  models: async () => {
    const rows = await db
      .selectFrom('models')
      .selectAll()
      .orderBy('added_at', 'desc')
      .orderBy('id')
      .execute()
    return rows.map(toModelRow)
  },

  liveModel: async () => {
    const row = await db
      .selectFrom('models')
      .selectAll()
      .where('status', '=', 'live')
      .executeTakeFirst()
    return row === undefined ? null : toModelRow(row)
  },

  setLiveModel: async (id) => {
    await db.transaction().execute(async (transaction) => {
      // Both rows in one order, so that two callers wait for each other instead of colliding.
      await transaction
        .selectFrom('models')
        .select('id')
        .where((row) => row.or([row('id', '=', id), row('status', '=', 'live')]))
        .orderBy('id')
        .forUpdate()
        .execute()
      await transaction
        .updateTable('models')
        .set({ status: 'retired' })
        .where('status', '=', 'live')
        .where('id', '<>', id)
        .execute()
      const { numUpdatedRows } = await transaction
        .updateTable('models')
        .set({ status: 'live' })
        .where('id', '=', id)
        .executeTakeFirstOrThrow()
      if (numUpdatedRows === 0n) throw new RangeError(`the catalog has no model ${id}`)
    })
  },
})

const toModelRow = (row: Selectable<CatalogSchema['models']>): ModelRow => ({
  manifest: fromJson(ModelManifestSchema, row.manifest, { ignoreUnknownFields: true }),
  status: row.status,
  addedAt: row.added_at,
})
