import { sql, type Kysely, type Transaction } from 'kysely'

/**
 * Runs a query that pages through a table in the order of an index, with the planner told to walk that index. Left to
 * itself it may sort all that is left for every page: an embedded database gathers no statistics, and a server has
 * none yet of what was just loaded.
 */
export const inIndexOrder = async <Schema, Result>(
  db: Kysely<Schema>,
  query: (transaction: Transaction<Schema>) => Promise<Result>,
): Promise<Result> =>
  db.transaction().execute(async (transaction) => {
    await sql`set local enable_sort = off`.execute(transaction)
    return query(transaction)
  })
