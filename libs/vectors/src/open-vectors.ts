import type { Database } from '@soundalike/database'
import { openDatabaseVectors } from './database-vectors.ts'
import { nativeKernel, plainKernel } from './kernel.ts'
import type { VectorStore } from './vector-store.ts'

/**
 * Opens the vector store a URL names.
 *
 * @param url - null for the one over the database
 * @throws TypeError when the URL names no store we know
 */
export const openVectors = async (url: string | null, database: Database): Promise<VectorStore> => {
  if (url === null) return openDatabaseVectors(database, (await nativeKernel()) ?? plainKernel)
  throw new TypeError(
    `no vector store for ${JSON.stringify(url)}; without one the database is used`,
  )
}
