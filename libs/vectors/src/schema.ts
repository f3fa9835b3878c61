import type { Generated } from 'kysely'

interface SpaceTable {
  /** Never given twice, so a space dropped and made again is another one. */
  id: Generated<number>
  name: string
  size: number
  /** Grows with every write to the space; `bigint` arrives as text. */
  version: Generated<string>
  /** How many vectors there are. */
  points: Generated<number>
}

interface VectorTable {
  space_id: number
  track_id: string
  /** Version of the space that wrote the row last. */
  version: string
  /** 32-bit little-endian floats; null where the vector was deleted, so that others learn of it. */
  vector: Uint8Array | null
  source: string
  artist: string
  album: string
}

interface AliasTable {
  alias: string
  space_id: number
}

/** Tables of the vector store, in the schema `soundalike`. */
export interface VectorSchema {
  vector_spaces: SpaceTable
  vectors: VectorTable
  vector_aliases: AliasTable
}
