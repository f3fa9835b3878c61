import { Failure } from '@soundalike/contracts'
import { storableText } from '@soundalike/database'
import { sql, type Kysely, type Transaction } from 'kysely'
import { checkVector } from './checks.ts'
import type { VectorSchema } from './schema.ts'
import { storedVector } from './vector-bytes.ts'
import type { VectorPoint } from './vector-store.ts'

/** Where every write to a space is announced, as `<space id> <version>`. */
export const channel = 'soundalike_vectors'

const batchSize = 500

interface SpaceRow {
  readonly id: number
  readonly version: string
}

type Write = (transaction: Transaction<VectorSchema>, space: SpaceRow) => Promise<number>

/** Writes points of a space, in batches that are each there whole or not at all. */
export const upsertRows = async (
  db: Kysely<VectorSchema>,
  space: string,
  points: readonly VectorPoint[],
): Promise<void> => {
  const distinct = [...new Map(points.map((point) => [point.trackId, point])).values()]
  await checkPoints(db, space, distinct)
  for (let start = 0; start < distinct.length; start += batchSize) {
    const batch = distinct.slice(start, start + batchSize)
    await writeToSpace(db, space, async (transaction, { id, version }) => {
      const known = await countRows(
        transaction,
        id,
        batch.map((point) => point.trackId),
      )
      await upsertBatch(transaction, id, version, batch)
      return batch.length - known
    })
  }
}

/** Empties the rows of some tracks. They stay, so that readers that follow the space learn of it. */
export const deleteRows = async (
  db: Kysely<VectorSchema>,
  space: string,
  trackIds: readonly string[],
): Promise<void> =>
  writeToSpace(db, space, async (transaction, { id, version }) => {
    const { numUpdatedRows } = await transaction
      .updateTable('vectors')
      .set({ vector: null, version })
      .where('space_id', '=', id)
      .where('track_id', '=', anyOf(trackIds))
      .where('vector', 'is not', null)
      .executeTakeFirstOrThrow()
    return -Number(numUpdatedRows)
  })

/**
 * One write to a space, under its next version. Taking the version locks the space until the write is committed,
 * so versions become visible in their order and a reader that has seen one has seen all before it.
 *
 * @param write - returns by how much it changed the number of vectors
 */
const writeToSpace = async (db: Kysely<VectorSchema>, name: string, write: Write): Promise<void> =>
  db.transaction().execute(async (transaction) => {
    const space = await transaction
      .updateTable('vector_spaces')
      .set({ version: sql`version + 1` })
      .where('name', '=', name)
      .returning(['id', sql<string>`version::text`.as('version')])
      .executeTakeFirst()
    if (space === undefined) throw unknownSpace(name)
    const gained = await write(transaction, space)
    await transaction
      .updateTable('vector_spaces')
      .set({ points: sql`points + ${gained}` })
      .where('id', '=', space.id)
      .execute()
    await sql`select pg_notify(${channel}, ${`${space.id} ${space.version}`})`.execute(transaction)
  })

const checkPoints = async (
  db: Kysely<VectorSchema>,
  name: string,
  points: readonly VectorPoint[],
): Promise<void> => {
  const space = await db
    .selectFrom('vector_spaces')
    .select('size')
    .where('name', '=', name)
    .executeTakeFirst()
  if (space === undefined) throw unknownSpace(name)
  for (const { trackId, vector } of points) {
    checkVector(vector, space.size, `the vector of ${trackId}`)
  }
}

const countRows = async (
  db: Transaction<VectorSchema>,
  spaceId: number,
  trackIds: readonly string[],
): Promise<number> => {
  const { known } = await db
    .selectFrom('vectors')
    .select(sql<number>`count(*)::integer`.as('known'))
    .where('space_id', '=', spaceId)
    .where('track_id', '=', anyOf(trackIds))
    .where('vector', 'is not', null)
    .executeTakeFirstOrThrow()
  return known
}

const upsertBatch = async (
  db: Transaction<VectorSchema>,
  spaceId: number,
  version: string,
  points: readonly VectorPoint[],
): Promise<void> => {
  await db
    .insertInto('vectors')
    .values(
      points.map(({ trackId, vector, payload }) => ({
        space_id: spaceId,
        track_id: trackId,
        version,
        vector: storedVector(vector),
        source: storableText(payload.source),
        artist: storableText(payload.artist),
        album: storableText(payload.album),
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(['space_id', 'track_id']).doUpdateSet((row) => ({
        version: row.ref('excluded.version'),
        vector: row.ref('excluded.vector'),
        source: row.ref('excluded.source'),
        artist: row.ref('excluded.artist'),
        album: row.ref('excluded.album'),
      })),
    )
    .execute()
}

const anyOf = (ids: readonly string[]) => sql<string>`any(${[...ids]}::text[])`

/** @param name - name or alias that was asked for */
export const unknownSpace = (name: string): Failure =>
  new Failure('unknown-space', `there is no space ${JSON.stringify(name)}`)
