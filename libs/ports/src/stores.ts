import { openBlobs, type BlobStore } from '@soundalike/blobs'
import { openCatalog, type Catalog } from '@soundalike/catalog'
import { openDatabase, type Database } from '@soundalike/database'
import { openPipeline, type Pipeline } from '@soundalike/pipeline'
import type { ServiceContext } from '@soundalike/runtime'
import { openVectors, type VectorStore } from '@soundalike/vectors'
import { registerStoreMetrics } from './store-metrics.ts'

/** Every store of the house, as its configuration names it. */
export interface Stores {
  database: Database
  catalog: Catalog
  blobs: BlobStore
  vectors: VectorStore
  pipeline: Pipeline
}

/**
 * Opens the stores a process needs and sees to it that they are closed after the process's services
 * have stopped, the database last.
 *
 * @throws Error naming the store that does not answer
 */
export const openStores = async (context: ServiceContext): Promise<Stores> => {
  const { config, log, metrics, onStop } = context
  const database = await openDatabase(config.DATABASE_URL, {
    poolSize: config.DATABASE_POOL_SIZE,
    onError: (error) => {
      log.warn({ err: error }, 'database connection')
    },
  })
  onStop('database', () => database.close())
  const catalog = await openCatalog(database)
  const blobs = await openBlobs(config.BLOBS_URL)
  onStop('blobs', () => blobs.close())
  const vectors = await openVectors(config.VECTORS_URL, database, {
    apiKey: config.QDRANT_API_KEY,
    replication: config.QDRANT_REPLICATION,
    shards: config.QDRANT_SHARDS,
  })
  onStop('vectors', () => vectors.close())
  registerStoreMetrics(context, catalog, vectors)
  const pipeline = await openPipeline({ queueUrl: config.QUEUE_URL, database, log, metrics })
  onStop('pipeline', () => pipeline.close())
  return { database, catalog, blobs, vectors, pipeline }
}
