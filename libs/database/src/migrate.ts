import { Kysely, PostgresDialect, type PostgresPool } from 'kysely'
import { Migrator, type Migration } from 'kysely/migration'
import { ownSchema, type Database } from './database.ts'

/**
 * Typed queries over the schema `soundalike`. Names inside a raw `sql` template are not qualified for you.
 * Do not destroy the returned object; close the database instead.
 */
export const kysely = <Schema>(database: Database): Kysely<Schema> => {
  // Kysely's type also wants cursors, which it uses only when it is given a cursor class.
  const pool = database.pool as unknown as PostgresPool
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) }).withSchema(ownSchema)
}

/**
 * Brings the tables of one library up to date, in one transaction. Several processes may start at once: one
 * works, the others wait and find it done.
 *
 * @param name - whose tables; letters only, since it names the table that remembers what has run
 * @param migrations - by name; they run in the order of their names, each once for ever
 * @throws Error when a migration fails, with nothing changed
 */
export const migrate = async (
  database: Database,
  name: string,
  migrations: Record<string, Migration>,
): Promise<void> => {
  const migrator = new Migrator({
    db: kysely(database),
    provider: { getMigrations: () => Promise.resolve(migrations) },
    migrationTableSchema: ownSchema,
    migrationTableName: `${name}_migration`,
    migrationLockTableName: `${name}_migration_lock`,
  })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw new Error(`migration of ${name} failed`, { cause: error })
}
