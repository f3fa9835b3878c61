import { Failure } from '@soundalike/contracts'
import { kysely, migrate, type Database } from '@soundalike/database'
import { sql, type Kysely } from 'kysely'
import { checkQuery, checkSize, checkSpaceName, checkVector, liveAlias } from './checks.ts'
import { FollowedSpaces } from './followed-spaces.ts'
import type { Kernel } from './kernel.ts'
import { migrations } from './migrations.ts'
import type { VectorSchema } from './schema.ts'
import { readVector, vectorText } from './vector-bytes.ts'
import type { SpaceInfo, VectorStore } from './vector-store.ts'
import { deleteRows, unknownSpace, upsertRows } from './write-rows.ts'

/**
 * Vectors as rows of the database, searched exactly in the memory of whoever searches. Good to some hundred
 * thousand tracks: 280,000 take 287 MB there.
 */
export const openDatabaseVectors = async (
  database: Database,
  kernel: Kernel,
): Promise<VectorStore> => {
  await migrate(database, 'vectors', migrations)
  const db = kysely<VectorSchema>(database)
  const followed = new FollowedSpaces(database, db, kernel)

  return {
    async createSpace(space, size) {
      checkSpaceName(space)
      checkSize(size)
      await db
        .insertInto('vector_spaces')
        .values({ name: space, size })
        .onConflict((conflict) => conflict.column('name').doNothing())
        .execute()
      const existing = await findSpace(db, space)
      if (existing.size !== size) {
        const reason = `space ${space} holds vectors of ${existing.size} numbers, not ${size}`
        throw new Failure('bad-vector', reason)
      }
    },

    async upsert(space, points) {
      checkSpaceName(space)
      await upsertRows(db, space, points)
    },

    async get(space, trackId) {
      const { id } = await findSpace(db, space)
      const row = await db
        .selectFrom('vectors')
        .select(vectorText.as('vector'))
        .where('space_id', '=', id)
        .where('track_id', '=', trackId)
        .executeTakeFirst()
      return row?.vector == null ? null : readVector(row.vector)
    },

    async search(space, query) {
      checkQuery(query)
      const { id, size, version } = await findSpace(db, space)
      if ('vector' in query) checkVector(query.vector, size, 'the vector searched for')
      return (await followed.at(id, size, BigInt(version))).nearest(query)
    },

    async count(space) {
      return (await findSpace(db, space)).points
    },

    async delete(space, trackIds) {
      checkSpaceName(space)
      await deleteRows(db, space, trackIds)
    },

    async setLive(space) {
      checkSpaceName(space)
      const { id } = await findSpace(db, space)
      await db
        .insertInto('vector_aliases')
        .values({ alias: liveAlias, space_id: id })
        .onConflict((conflict) => conflict.column('alias').doUpdateSet({ space_id: id }))
        .execute()
    },

    async live() {
      return (await listSpaces(db)).find(({ live }) => live)?.space ?? null
    },

    spaces: () => listSpaces(db),

    async dropSpace(space) {
      checkSpaceName(space)
      if ((await listSpaces(db)).some((other) => other.live && other.space === space)) {
        throw new RangeError(`space ${space} is live and cannot be dropped`)
      }
      await db.deleteFrom('vector_spaces').where('name', '=', space).execute()
    },

    close: () => followed.close(),
  }
}

/**
 * @param space - name or alias
 * @throws Failure `unknown-space`
 */
const findSpace = async (db: Kysely<VectorSchema>, space: string) => {
  let found = db
    .selectFrom('vector_spaces')
    .select(['id', 'size', 'points', sql<string>`version::text`.as('version')])
  found =
    space === liveAlias
      ? found.where('id', '=', (row) =>
          row.selectFrom('vector_aliases').select('space_id').where('alias', '=', liveAlias),
        )
      : found.where('name', '=', space)
  const row = await found.executeTakeFirst()
  if (row === undefined) throw unknownSpace(space)
  return row
}

const listSpaces = async (db: Kysely<VectorSchema>): Promise<SpaceInfo[]> =>
  db
    .selectFrom('vector_spaces')
    .select([
      'name as space',
      'size',
      'points as count',
      sql<boolean>`exists (
        select from soundalike.vector_aliases where alias = ${liveAlias} and space_id = id
      )`.as('live'),
    ])
    .orderBy('id')
    .execute()
