import { fromJson, toJsonString } from '@bufbuild/protobuf'
import { ModelManifestSchema } from '@soundalike/contracts'
import { sql, type Kysely, type Selectable } from 'kysely'
import type { Catalog, ModelRow } from './catalog.ts'
import { holdLease } from './leases.ts'
import type { CatalogSchema } from './schema.ts'

/** Part of the catalog that knows the models. */
export const models = (
  db: Kysely<CatalogSchema>,
): Pick<
  Catalog,
  'addModel' | 'model' | 'models' | 'liveModel' | 'setLiveModel' | 'beginRemoval' | 'removeModel'
> => ({
  addModel: async (manifest, status, lease) => {
    const json = toJsonString(ModelManifestSchema, manifest)
    await db.transaction().execute(async (transaction) => {
      if (lease !== undefined) await holdLease(transaction, lease)
      await transaction
        .insertInto('models')
        .values({ id: manifest.id, manifest: json, status })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ manifest: json }))
        .execute()
    })
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
        .where('status', '<>', 'leaving')
        .executeTakeFirstOrThrow()
      if (numUpdatedRows === 0n) throw new RangeError(`the catalog has no model ${id}`)
    })
  },

  beginRemoval: async (id) => {
    const { numUpdatedRows } = await db
      .updateTable('models')
      .set({ status: 'leaving' })
      .where('id', '=', id)
      .where('status', '<>', 'live')
      .executeTakeFirstOrThrow()
    return numUpdatedRows > 0n
  },

  removeModel: async (id) => {
    const row = await db
      .selectFrom('models')
      .select('id')
      .where('id', '=', id)
      .where('status', '=', 'leaving')
      .executeTakeFirst()
    if (row === undefined) return
    // A part at a time, so that no statement holds others up; the row last, so that the next attempt finds the rest.
    let deleted: bigint
    do deleted = await deleteEmbedded(db, id)
    while (deleted > 0n)
    await db.deleteFrom('models').where('id', '=', id).where('status', '=', 'leaving').execute()
  },
})

const STATES_AT_ONCE = 5_000

const deleteEmbedded = async (db: Kysely<CatalogSchema>, modelId: string): Promise<bigint> => {
  const { numAffectedRows = 0n } = await sql`
    delete from soundalike.stage_states
    where stage = 'embed' and fingerprint = ${modelId} and track_id = any(array(
      select track_id from soundalike.stage_states
      where stage = 'embed' and fingerprint = ${modelId}
      limit ${STATES_AT_ONCE}
    ))`.execute(db)
  return numAffectedRows
}

const toModelRow = (row: Selectable<CatalogSchema['models']>): ModelRow => ({
  manifest: fromJson(ModelManifestSchema, row.manifest, { ignoreUnknownFields: true }),
  status: row.status,
  addedAt: row.added_at,
})
