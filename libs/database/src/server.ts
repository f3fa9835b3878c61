import pg from 'pg'
import { queueSchema, type Database, type DatabaseOptions } from './database.ts'
import { Listener } from './listener.ts'
import { untilReachable } from './until-reachable.ts'

/** Processes that are started together with their server are often there first. */
const defaultPatienceMs = 60_000

/**
 * Opens a PostgreSQL server, over TLS where the URL says so (`?sslmode=verify-full&sslrootcert=/path`).
 *
 * @throws Failure `unavailable` when it does not answer for as long as we wait
 */
export const openServer = async (url: string, options: DatabaseOptions): Promise<Database> => {
  const onError = options.onError ?? (() => undefined)
  const pool = new pg.Pool({
    connectionString: url,
    max: options.poolSize ?? 20,
    keepAlive: true,
    // Else a connection whose server has vanished would be asked for two hours whether it is still there.
    keepAliveInitialDelayMillis: 10_000,
    connectionTimeoutMillis: 10_000,
    options: `-c search_path=${queueSchema}`,
    types: { getTypeParser },
  })
  // Every queue and worker of BullMQ adds a listener of its own.
  pool.setMaxListeners(0)
  // A connection may be lost at any moment; one that nobody listens to would take the process with it.
  pool.on('connect', (client) => client.on('error', onError))
  // The pool tells of idle ones once more.
  pool.on('error', () => undefined)
  try {
    await untilReachable(pool, options.patienceMs ?? defaultPatienceMs, onError)
  } catch (error) {
    await pool.end()
    throw error
  }
  const listener = new Listener(pool, onError)
  return {
    pool,
    embedded: false,
    listen: (channel, handler) => listener.listen(channel, handler),
    close: async () => {
      await listener.close()
      await pool.end()
    },
  }
}

const bigintType = pg.types.builtins.INT8

/** As PGlite does it: 64-bit integers as numbers while those are exact, as bigint beyond. */
const parseBigint = (text: string): number | bigint => {
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : BigInt(text)
}

const getTypeParser: typeof pg.types.getTypeParser = (type, format) => {
  if (type === bigintType && format !== 'binary') return parseBigint
  return pg.types.getTypeParser(type, format) as (text: string) => unknown
}
