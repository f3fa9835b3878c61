import { Failure } from '@soundalike/contracts'
import { sql, type Kysely } from 'kysely'
import type { Catalog, Lease } from './catalog.ts'
import type { CatalogSchema } from './schema.ts'

const after = (seconds: number) =>
  sql<Date>`clock_timestamp() + make_interval(secs => ${seconds}::double precision)`

/** Part of the catalog that gives each right to one at a time. */
export const leases = (
  db: Kysely<CatalogSchema>,
): Pick<Catalog, 'takeLease' | 'renewLease' | 'endLease'> => ({
  takeLease: async (name, seconds) => {
    const row = await db
      .insertInto('leases')
      .values({ name, token: 1, expires_at: after(seconds) })
      .onConflict((conflict) =>
        conflict
          .column('name')
          .doUpdateSet({ token: sql`leases.token + 1`, expires_at: after(seconds) })
          .where(sql<boolean>`leases.expires_at <= clock_timestamp()`),
      )
      .returning('token')
      .executeTakeFirst()
    return row === undefined ? null : { name, token: row.token }
  },

  renewLease: async ({ name, token }, seconds) => {
    const { numUpdatedRows } = await db
      .updateTable('leases')
      .set({ expires_at: after(seconds) })
      .where('name', '=', name)
      .where('token', '=', token)
      .executeTakeFirstOrThrow()
    return numUpdatedRows > 0n
  },

  endLease: async ({ name, token }) => {
    await db
      .updateTable('leases')
      .set({ expires_at: sql`clock_timestamp()` })
      .where('name', '=', name)
      .where('token', '=', token)
      .execute()
  },
})

/**
 * Keeps a lease from changing hands until the transaction ends.
 *
 * @throws Failure `unavailable` when it has changed hands before
 */
export const holdLease = async (db: Kysely<CatalogSchema>, lease: Lease): Promise<void> => {
  const row = await db
    .selectFrom('leases')
    .select('token')
    .where('name', '=', lease.name)
    .forUpdate()
    .executeTakeFirst()
  if (row?.token !== lease.token)
    throw new Failure('unavailable', `somebody else has taken over: ${lease.name}`)
}
