import { Failure } from '@soundalike/contracts'
import type { ByteReader } from './input.ts'
import { mpegFrameLength } from './mpeg-frame.ts'

/** Containers and streams the decoders read. */
export type AudioFormat =
  'mp3' | 'adts' | 'mp4' | 'ogg-vorbis' | 'ogg-opus' | 'ogg-flac' | 'flac' | 'wav' | 'aiff'

const HEAD_BYTES = 16 * 1024
const ID3_HEADER_BYTES = 10
const MAX_TAGS = 8
/** Consecutive frame headers that make a stream of MPEG frames; fewer are found in random bytes. */
const FRAMES_IN_A_ROW = 4

/** What a preview is, and where it begins behind its tags. */
export interface Sniffed {
  readonly format: AudioFormat
  readonly offsetBytes: number
}

/**
 * Format of a preview by its content; its name and the type a server gave it are never looked at.
 *
 * @throws Failure `not-audio`
 */
export const sniff = async (reader: ByteReader): Promise<Sniffed> => {
  const offsetBytes = await afterTags(reader)
  const head = await reader.read(offsetBytes, HEAD_BYTES)
  const format = formatOf(head)
  if (format !== null) return { format, offsetBytes }
  throw new Failure('not-audio', `not audio: starts with ${describe(head)}`)
}

/** Where the sound starts behind ID3v2 tags, which may be longer than the sound. */
const afterTags = async (reader: ByteReader): Promise<number> => {
  let offset = 0
  for (let tags = 0; tags < MAX_TAGS; tags++) {
    const header = await reader.read(offset, ID3_HEADER_BYTES)
    if (text(header, 0, 3) !== 'ID3' || header.length < ID3_HEADER_BYTES) break
    const size = header.subarray(6).reduce((sum, byte) => sum * 128 + (byte & 127), 0)
    offset += ID3_HEADER_BYTES + size
  }
  return offset
}

const formatOf = (head: Uint8Array): AudioFormat | null => {
  const magic = text(head, 0, 4)
  if (magic === 'fLaC') return 'flac'
  if (magic === 'OggS') return oggFormat(head)
  if ((magic === 'RIFF' || magic === 'RF64') && text(head, 8, 4) === 'WAVE') return 'wav'
  if (magic === 'FORM' && ['AIFF', 'AIFC'].includes(text(head, 8, 4))) return 'aiff'
  if (text(head, 4, 4) === 'ftyp') return 'mp4'
  return frameStream(head)
}

const oggFormat = (head: Uint8Array): AudioFormat | null => {
  const firstPacket = 27 + (head[26] ?? 0)
  if (text(head, firstPacket, 8) === 'OpusHead') return 'ogg-opus'
  if (text(head, firstPacket + 1, 6) === 'vorbis') return 'ogg-vorbis'
  if (text(head, firstPacket + 1, 4) === 'FLAC') return 'ogg-flac'
  return null
}

const frameStream = (head: Uint8Array): AudioFormat | null => {
  for (let offset = 0; offset + 4 <= head.length; offset++) {
    if (head[offset] !== 0xff) continue
    if (chained(head, offset, mpegFrameLength)) return 'mp3'
    if (chained(head, offset, adtsFrameLength)) return 'adts'
  }
  return null
}

/** Whether frames follow each other without a gap, as far as the bytes reach. */
const chained = (
  bytes: Uint8Array,
  start: number,
  frameLength: (bytes: Uint8Array, offset: number) => number | null,
): boolean => {
  let offset = start
  for (let frames = 0; frames < FRAMES_IN_A_ROW; frames++) {
    const length = frameLength(bytes, offset)
    if (length === null) return false
    offset += length
  }
  return true
}

/** Length of the ADTS frame at an offset, or null where there is none. Source: ISO 13818-7, 6.2. */
const adtsFrameLength = (bytes: Uint8Array, offset: number): number | null => {
  if (offset + 7 > bytes.length) return null
  const [sync, flags, third, fourth, fifth, sixth] = bytes.subarray(offset, offset + 6)
  if (sync !== 0xff || (flags! & 0xf6) !== 0xf0) return null
  const length = ((fourth! & 3) << 11) | (fifth! << 3) | (sixth! >> 5)
  const rateIndex = (third! >> 2) & 15
  return length > 7 && rateIndex < 13 ? length : null
}

const text = (bytes: Uint8Array, offset: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(offset, offset + length))

/** First bytes in a form that is safe on one line of any log. */
const describe = (head: Uint8Array): string =>
  head.length === 0 ? 'nothing' : JSON.stringify(text(head, 0, 12).replace(/[^ -~]/g, '.'))
