import type { ByteReader } from './input.ts'

/** A chunk of a RIFF or an AIFF file, or a box of an MP4 file: where its contents lie. */
export interface Chunk {
  readonly id: string
  readonly start: number
  /** Behind the last byte; never behind the end of what the chunk lies in. */
  readonly end: number
}

/** How a container writes its chunks. */
export type ChunkLayout = 'riff' | 'aiff' | 'mp4'

/** Real files have a few dozen; one of empty chunks has millions. */
const MAX_CHUNKS = 1_000
const HEADER_BYTES = 8
const LONG_HEADER_BYTES = 16

/** The chunks between two offsets, one after the other, as far as they make sense and up to a thousand of them. */
export async function* chunksIn(
  reader: ByteReader,
  layout: ChunkLayout,
  start: number,
  end: number,
): AsyncGenerator<Chunk> {
  let offset = start
  for (let count = 0; count < MAX_CHUNKS; count++) {
    const header = Buffer.from(await reader.read(offset, LONG_HEADER_BYTES))
    if (header.length < HEADER_BYTES || offset + HEADER_BYTES > end) return
    const chunk = layout === 'mp4' ? boxAt(header, offset, end) : chunkAt(header, layout, offset)
    if (chunk.end < chunk.start) return
    yield { ...chunk, end: Math.min(chunk.end, end) }
    offset = layout === 'mp4' ? chunk.end : chunk.end + ((chunk.end - chunk.start) % 2)
  }
}

/** Who writes to a pipe leaves the size of the sound at 0: it goes on to the end. */
const chunkAt = (header: Buffer, layout: 'riff' | 'aiff', offset: number): Chunk => {
  const id = header.toString('latin1', 0, 4)
  const size = layout === 'riff' ? header.readUInt32LE(4) : header.readUInt32BE(4)
  const start = offset + HEADER_BYTES
  return { id, start, end: id === 'data' && size === 0 ? Infinity : start + size }
}

/** A box's size counts its header; 0 stands for the rest, 1 for a size of 64 bits behind the name. */
const boxAt = (header: Buffer, offset: number, end: number): Chunk => {
  const id = header.toString('latin1', 4, 8)
  const size = header.readUInt32BE(0)
  if (size === 0) return { id, start: offset + HEADER_BYTES, end }
  if (size !== 1) return { id, start: offset + HEADER_BYTES, end: offset + size }
  const long = header.length < LONG_HEADER_BYTES ? 0n : header.readBigUInt64BE(8)
  return { id, start: offset + LONG_HEADER_BYTES, end: offset + Number(long) }
}
