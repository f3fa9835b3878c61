import type { JsonObject } from '@bufbuild/protobuf'
import { queueSchema, type Database } from '@soundalike/database'
import { createPostgresBackend, runMigrations, withBackend, type PgPool } from 'bullmq'
import { withHeartbeat, type QueueBackend } from './backend.ts'
import { priorities } from './priorities.ts'

/** Queues in the house's own database, on a server or embedded. The database stays open when this is closed. */
export const openPostgresBackend = async (database: Database): Promise<QueueBackend> => {
  await migrateQueues(database)
  if (database.embedded) await releaseOrphans(database)
  // The two types differ in whether a notification without payload may say so with undefined.
  const connection = database.pool as PgPool
  const { Queue } = withBackend(createPostgresBackend)
  return {
    openQueue: (name) => new Queue<JsonObject, void>(name, { connection }),
    openWorker: (name, processor, options, beat) => {
      const { Worker } = withBackend(withHeartbeat(createPostgresBackend, beat))
      return new Worker<JsonObject, void>(name, processor, {
        ...options,
        connection,
        autorun: false,
      })
    },
    oldestWaiting: (queue) => oldestWaiting(database, queue),
    ping: async () => void (await connection.query('select 1')),
    close: () => Promise.resolve(),
  }
}

const migrateQueues = async (database: Database): Promise<void> => {
  const client = await database.pool.connect()
  try {
    await runMigrations(client, queueSchema)
  } finally {
    client.release()
  }
}

const seen = new WeakSet<Database>()

/**
 * An embedded database belongs to one process, so jobs found active when it is opened belong to a process
 * that died. Marking them as stalled lets the first check of a worker take them back at once, instead of
 * after their locks have run out.
 */
const releaseOrphans = async (database: Database): Promise<void> => {
  if (seen.has(database)) return
  seen.add(database)
  await database.pool.query(
    `update ${queueSchema}.job set locked_until_ms = 0, stalled_marked = true where state = 'active'`,
  )
  await database.pool.query(`delete from ${queueSchema}.meta where field = 'stalled-check'`)
}

const oldestWaiting = async (database: Database, queue: string): Promise<number | null> => {
  const { rows } = await database.pool.query<{ oldest: number | null }>(
    `select min(head.added_at_ms) as oldest
       from unnest($2::integer[]) as of_priority
       cross join lateral (
         select added_at_ms from ${queueSchema}.job
          where queue = $1 and state = 'waiting' and priority = of_priority
          order by seq limit 1
       ) as head`,
    [queue, Object.values(priorities)],
  )
  return rows[0]?.oldest ?? null
}
