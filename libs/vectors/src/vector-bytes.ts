/** A vector as it is stored: 32-bit floats, little-endian like every processor we run on. */
export const bytesOf = (vector: Float32Array): Buffer =>
  Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength)

/** The vector stored as these bytes, in a buffer of its own (a driver's may start at an odd address). */
export const vectorOf = (bytes: Uint8Array): Float32Array =>
  new Float32Array(Uint8Array.from(bytes).buffer)
