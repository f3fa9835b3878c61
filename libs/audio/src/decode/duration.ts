import { frameStreamSeconds } from './frame-stream.ts'
import type { ByteReader } from './input.ts'
import { mp4Seconds } from './mp4-length.ts'
import { oggSeconds } from './ogg-length.ts'
import type { Sniffed } from './sniff.ts'
import { STREAM_INFO_BYTES, streamInfo } from './stream-info.ts'
import { waveHeader } from './wave-header.ts'

/**
 * Length of a preview in seconds, without decoding it: counted where it is frames and nothing else, else as its
 * headers have it, so that it may be a lie. Null where they do not say. Reads a bounded part of headers, and
 * of the rest no more than there is.
 *
 * @throws Failure `timed-out` once the signal is aborted
 */
export const soundSeconds = async (
  reader: ByteReader,
  sniffed: Sniffed,
  signal: AbortSignal,
): Promise<number | null> => {
  const { format, offsetBytes } = sniffed
  switch (format) {
    case 'mp3':
    case 'adts':
      return frameStreamSeconds(reader, format, offsetBytes, signal)
    case 'wav':
    case 'aiff':
      return (await waveHeader(reader, sniffed)).seconds
    case 'flac':
      return flacSeconds(reader, offsetBytes)
    case 'mp4':
      return mp4Seconds(reader, offsetBytes)
    case 'ogg-vorbis':
    case 'ogg-opus':
    case 'ogg-flac':
      return oggSeconds(reader, sniffed)
  }
}

const MAGIC_BYTES = 4

const flacSeconds = async (reader: ByteReader, startOffset: number): Promise<number | null> => {
  const bytes = Buffer.from(await reader.read(startOffset + MAGIC_BYTES, STREAM_INFO_BYTES))
  if (bytes.length < STREAM_INFO_BYTES) return null
  const { rateHz, samples } = streamInfo(bytes, 0)
  return rateHz > 0 && samples > 0 ? samples / rateHz : null
}
