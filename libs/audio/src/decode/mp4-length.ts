import { chunksIn } from './chunks.ts'
import type { ByteReader } from './input.ts'

const LONGEST_HEADER_BYTES = 32

/**
 * Length of an MP4 file in seconds, by its movie header; null where there is none, or it does not say, as in files
 * of fragments. Source: ISO 14496-12, 8.2.2.
 */
export const mp4Seconds = async (
  reader: ByteReader,
  startOffset: number,
): Promise<number | null> => {
  for await (const box of chunksIn(reader, 'mp4', startOffset, reader.sizeBytes)) {
    if (box.id !== 'moov') continue
    for await (const { id, start } of chunksIn(reader, 'mp4', box.start, box.end)) {
      if (id === 'mvhd')
        return movieSeconds(Buffer.from(await reader.read(start, LONGEST_HEADER_BYTES)))
    }
  }
  return null
}

/** Version 1 of the header has times of 64 bits. */
const movieSeconds = (header: Buffer): number | null => {
  if (header.length < LONGEST_HEADER_BYTES) return null
  const long = header[0] === 1
  const unitsPerSecond = header.readUInt32BE(long ? 20 : 12)
  const units = long ? Number(header.readBigUInt64BE(24)) : header.readUInt32BE(16)
  return units > 0 && unitsPerSecond > 0 ? units / unitsPerSecond : null
}
