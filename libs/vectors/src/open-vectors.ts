import type { Database } from '@soundalike/database'
import { openDatabaseVectors } from './database-vectors.ts'
import { nativeKernel, plainKernel } from './kernel.ts'
import type { QdrantOptions } from './qdrant-vectors.ts'
import type { VectorStore } from './vector-store.ts'

/**
 * Opens the vector store a URL names.
 *
 * @param url - `database:` for the one over the database; `http(s)://host:port` for a Qdrant server
 * @param qdrant - the key that server asks for, if it asks, and how new spaces lie on its nodes
 * @throws TypeError when the URL names no store we know
 * @throws Failure `unavailable` when the server does not answer or does not take the key
 */
export const openVectors = async (
  url: string,
  database: Database,
  qdrant: Omit<QdrantOptions, 'patience' | 'timeoutMs'> = {},
): Promise<VectorStore> => {
  if (url === 'database:') {
    return openDatabaseVectors(database, (await nativeKernel()) ?? plainKernel)
  }
  if (/^https?:\/\/[^/@]+\/?$/.test(url)) {
    // Loaded here, since a process that keeps its vectors in the database has no use for the client.
    const { openQdrantVectors } = await import('./qdrant-vectors.ts')
    return openQdrantVectors(url, qdrant)
  }
  throw new TypeError('a vector store is "database:" or http(s)://host:port of a Qdrant server')
}
