import path from 'node:path'
import type { Database, DatabaseOptions } from './database.ts'
import { openEmbedded } from './embedded.ts'
import { openServer } from './server.ts'

/**
 * Opens the house's PostgreSQL.
 *
 * @param url - `postgres://user:password@host:port/name?sslmode=verify-full` for a server; `pglite:/absolute/folder` for one inside
 *   this process; `pglite:memory` for one that is gone when it is closed
 * @throws RangeError when the URL is of neither kind; Failure `in-use` when another process has the
 *   folder, `unavailable` when the server does not answer
 */
export const openDatabase = async (
  url: string,
  options: DatabaseOptions = {},
): Promise<Database> => {
  if (/^postgres(ql)?:\/\//.test(url)) return openServer(url, options)
  const location = /^pglite:(.+)$/.exec(url)?.[1]
  if (location !== undefined && (location === 'memory' || path.isAbsolute(location)))
    return openEmbedded(location, options)
  throw new RangeError('a database URL is postgres://… or pglite:/absolute/folder or pglite:memory')
}
