import pg from 'pg'
import { queueSchema, type Database, type DatabaseOptions } from './database.ts'
import { Listener } from './listener.ts'

/** Opens a PostgreSQL server; the first query connects. */
export const openServer = (url: string, options: DatabaseOptions): Database => {
  const onError = options.onError ?? (() => undefined)
  const pool = new pg.Pool({
    connectionString: url,
    max: options.poolSize ?? 20,
    keepAlive: true,
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
