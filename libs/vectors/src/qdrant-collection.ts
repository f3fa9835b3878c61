import type { QdrantClient, Schemas } from '@qdrant/js-client-rest'
import type { PayloadField } from './vector-store.ts'

/** Payload that searches filter and group by; each has an index. */
export const indexedFields: readonly PayloadField[] = ['source', 'artist', 'album']

/** How a space lies on the nodes of a cluster; what is not said is as the server is set. */
export interface QdrantLayout {
  /** Copies of each shard. */
  readonly replication?: number | undefined
  /** Parts of a space; fixed once it is made. */
  readonly shards?: number | undefined
}

/**
 * What a space is as a collection: the whole vector and both halves by name, so that each can be searched. In memory
 * they are 8-bit integers, a quarter of their size; the floats they are measured by stay on disk. Extremes
 * beyond the 99th percentile are cut off, as Qdrant's manual advises.
 */
export const collectionOf = (
  size: number,
  { replication, shards }: QdrantLayout,
): Parameters<QdrantClient['createCollection']>[1] => {
  const vector = (numbers: number) =>
    ({ size: numbers, distance: 'Cosine', on_disk: true }) as const
  return {
    vectors: { whole: vector(size), time: vector(size / 2), frequency: vector(size / 2) },
    quantization_config: { scalar: { type: 'int8', quantile: 0.99, always_ram: true } },
    ...(replication !== undefined && { replication_factor: replication }),
    ...(shards !== undefined && { shard_number: shards }),
    metadata: { createdAt: new Date().toISOString() },
  }
}

/** Numbers in a vector of a collection; null where it is no space of ours. */
export const sizeOf = ({ config }: Schemas['CollectionInfo']): number | null => {
  const { whole } = Object(config.params.vectors) as { whole?: { size?: unknown } }
  return typeof whole?.size === 'number' ? whole.size : null
}

/** When a collection was made, as text that sorts by time; empty where it does not say. */
export const createdAtOf = ({ config }: Schemas['CollectionInfo']): string => {
  const { createdAt } = Object(config.metadata) as { createdAt?: unknown }
  return typeof createdAt === 'string' ? createdAt : ''
}
