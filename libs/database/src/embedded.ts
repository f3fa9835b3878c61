import path from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { queueSchema, type Database, type DatabaseOptions } from './database.ts'
import { EmbeddedPool } from './embedded-pool.ts'
import { claimFolder } from './folder-claim.ts'
import { Listener } from './listener.ts'

/**
 * Opens a database inside this process. What was committed survives the process being killed.
 *
 * @param location - absolute path of a folder, or `memory`
 * @throws Failure `in-use` when another process has the folder
 */
export const openEmbedded = async (
  location: string,
  options: DatabaseOptions,
): Promise<Database> => {
  const giveUp = location === 'memory' ? () => Promise.resolve() : await claimFolder(location)
  const pglite = await start(location).catch(async (error: unknown) => {
    await giveUp()
    throw error
  })
  const pool = new EmbeddedPool(pglite)
  const listener = new Listener(pool, options.onError ?? (() => undefined))
  return {
    pool,
    embedded: true,
    listen: (channel, handler) => listener.listen(channel, handler),
    close: async () => {
      await listener.close()
      await pool.end()
      await giveUp()
    },
  }
}

const start = async (location: string): Promise<PGlite> => {
  const pglite = await (location === 'memory'
    ? startInMemory()
    : PGlite.create(path.join(location, 'postgres')))
  await pglite.exec(`SET search_path TO ${queueSchema}`)
  return pglite
}

let empty: Promise<File | Blob> | null = null

/** Initialising a database takes seconds, copying an empty one a fraction of that. */
const startInMemory = async (): Promise<PGlite> => {
  empty ??= dumpEmpty()
  return PGlite.create({ loadDataDir: await empty })
}

const dumpEmpty = async (): Promise<File | Blob> => {
  const pglite = await PGlite.create()
  const dump = await pglite.dumpDataDir('none')
  await pglite.close()
  return dump
}
