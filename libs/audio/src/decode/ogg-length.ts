import type { ByteReader } from './input.ts'
import type { Sniffed } from './sniff.ts'
import { streamInfo } from './stream-info.ts'

const PAGE_HEADER_BYTES = 27
/** Header, 255 lengths, and 255 times 255 bytes. */
const LONGEST_PAGE_BYTES = PAGE_HEADER_BYTES + 255 + 255 * 255
/** A page header, and of the packet as much as any format's clock needs. */
const HEAD_BYTES = PAGE_HEADER_BYTES + 255 + 64
const OPUS_RATE_HZ = 48_000
/** Page on which no packet ends. */
const NO_POSITION = -1n

/**
 * Length of an Ogg stream in seconds: the position its last page gives, over the rate its first page gives.
 * Null where the last page is of another stream, as where several were put one behind the other.
 * Source: RFC 3533, 6; RFC 7845, 4.
 */
export const oggSeconds = async (
  reader: ByteReader,
  { format, offsetBytes }: Sniffed,
): Promise<number | null> => {
  const head = Buffer.from(await reader.read(offsetBytes, HEAD_BYTES))
  const packet = head.subarray(PAGE_HEADER_BYTES + head[PAGE_HEADER_BYTES - 1]!)
  const clock = clockOf(packet, format)
  const tailStart = Math.max(offsetBytes, reader.sizeBytes - 2 * LONGEST_PAGE_BYTES)
  const tail = Buffer.from(await reader.read(tailStart, 2 * LONGEST_PAGE_BYTES))
  const position = lastPosition(tail, serialOf(head, 0))
  if (clock === null || position === null) return null
  return (position - clock.skippedSamples) / clock.rateHz
}

interface Clock {
  readonly rateHz: number
  /** Counted by positions, but not heard. */
  readonly skippedSamples: number
}

/** What positions count, by the header of the stream, its first packet. */
const clockOf = (packet: Buffer, format: Sniffed['format']): Clock | null => {
  if (packet.length < 64) return null
  if (format === 'ogg-opus') {
    return { rateHz: OPUS_RATE_HZ, skippedSamples: packet.readUInt16LE(10) }
  }
  const rateHz = format === 'ogg-vorbis' ? packet.readUInt32LE(12) : streamInfo(packet, 13).rateHz
  return rateHz > 0 ? { rateHz, skippedSamples: 0 } : null
}

const serialOf = (bytes: Buffer, page: number): number => bytes.readUInt32LE(page + 14)

/** Position of the last page on which a packet ends; null where it belongs to another stream. */
const lastPosition = (tail: Buffer, serial: number): number | null => {
  let page = tail.length - PAGE_HEADER_BYTES + 1
  while (page > 0) {
    page = tail.lastIndexOf('OggS', page - 1, 'latin1')
    if (page < 0) return null
    const position = tail.readBigInt64LE(page + 6)
    if (position !== NO_POSITION) return serialOf(tail, page) === serial ? Number(position) : null
  }
  return null
}
