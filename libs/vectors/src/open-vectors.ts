import type { Database } from '@soundalike/database'
import { openDatabaseVectors } from './database-vectors.ts'
import { nativeKernel, plainKernel } from './kernel.ts'
import type { VectorStore } from './vector-store.ts'

/**
 * Opens the vector store a URL names.
 *
 * @param url - `database:` for the one over the database
 * @throws TypeError when the URL names no store we know
 */
export const openVectors = async (url: string, database: Database): Promise<VectorStore> => {
  if (url === 'database:') {
    return openDatabaseVectors(database, (await nativeKernel()) ?? plainKernel)
  }
  throw new TypeError(`no vector store for ${JSON.stringify(url)}; there is "database:"`)
}
