import { sql, type RawBuilder } from 'kysely'

/**
 * A vector as the database keeps it: `bytea` of 32-bit floats, little-endian like every processor we run on. It crosses
 * as base64, which takes two thirds of PostgreSQL's own text form and which PGlite reads many times faster.
 */
export const storedVector = (vector: Float32Array): RawBuilder<Uint8Array> => {
  const bytes = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength)
  return sql<Uint8Array>`decode(${bytes.toString('base64')}, 'base64')`
}

/** Selects the vector of a row for {@link readVector}; null where it was deleted. */
export const vectorText = sql<string | null>`encode(vector, 'base64')`

/** The vector that {@link vectorText} selected, in a buffer of its own. */
export const readVector = (text: string): Float32Array =>
  new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer)
