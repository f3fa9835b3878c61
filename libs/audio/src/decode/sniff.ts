import { Failure } from '@soundalike/contracts'
import { findFrames } from './frame-stream.ts'
import type { ByteReader } from './input.ts'

/** Containers and streams the decoders read. */
export type AudioFormat =
  'mp3' | 'adts' | 'mp4' | 'ogg-vorbis' | 'ogg-opus' | 'ogg-flac' | 'flac' | 'wav' | 'aiff'

const HEAD_BYTES = 16 * 1024
const ID3_HEADER_BYTES = 10
const MAX_TAGS = 8
/** Some encoders leave room for tags before the first frame. */
const MAX_ZERO_BYTES = 128 * 1024
/** With as many bytes, what has no tags is told as well as with all of them. */
export const sniffedBytes = MAX_ZERO_BYTES + HEAD_BYTES

/** What a preview is, and where it begins behind its tags and whatever stands before its first frame. */
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
  const format = containerOf(head)
  if (format !== null) return { format, offsetBytes }
  const soundBytes = await afterZeros(reader, offsetBytes)
  const frames = findFrames(await reader.read(soundBytes, HEAD_BYTES))
  if (frames !== null) return { format: frames.format, offsetBytes: soundBytes + frames.offset }
  throw new Failure('not-audio', `not audio: starts with ${describe(head)}`)
}

/** Where the sound starts behind ID3v2 tags, which may be longer than the sound. */
export const afterTags = async (reader: ByteReader): Promise<number> => {
  let offset = 0
  for (let tags = 0; tags < MAX_TAGS; tags++) {
    const header = await reader.read(offset, ID3_HEADER_BYTES)
    if (text(header, 0, 3) !== 'ID3' || header.length < ID3_HEADER_BYTES) break
    const size = header.subarray(6).reduce((sum, byte) => sum * 128 + (byte & 127), 0)
    offset += ID3_HEADER_BYTES + size
  }
  return offset
}

/** Where zero bytes end, or there are too many of them. */
const afterZeros = async (reader: ByteReader, start: number): Promise<number> => {
  for (let zeros = 0; zeros < MAX_ZERO_BYTES; zeros += HEAD_BYTES) {
    const block = await reader.read(start + zeros, HEAD_BYTES)
    const first = block.findIndex((byte) => byte !== 0)
    if (first >= 0) return start + zeros + first
  }
  return start
}

/** Format of what begins with its name. */
const containerOf = (head: Uint8Array): AudioFormat | null => {
  const magic = text(head, 0, 4)
  if (magic === 'fLaC') return 'flac'
  if (magic === 'OggS') return oggFormat(head)
  if ((magic === 'RIFF' || magic === 'RF64') && text(head, 8, 4) === 'WAVE') return 'wav'
  if (magic === 'FORM' && ['AIFF', 'AIFC'].includes(text(head, 8, 4))) return 'aiff'
  if (text(head, 4, 4) === 'ftyp') return 'mp4'
  return null
}

const oggFormat = (head: Uint8Array): AudioFormat | null => {
  const firstPacket = 27 + (head[26] ?? 0)
  if (text(head, firstPacket, 8) === 'OpusHead') return 'ogg-opus'
  if (text(head, firstPacket + 1, 6) === 'vorbis') return 'ogg-vorbis'
  if (text(head, firstPacket + 1, 4) === 'FLAC') return 'ogg-flac'
  return null
}

const text = (bytes: Uint8Array, offset: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(offset, offset + length))

/** First bytes in a form that is safe on one line of any log. */
const describe = (head: Uint8Array): string =>
  head.length === 0 ? 'nothing' : JSON.stringify(text(head, 0, 12).replace(/[^ -~]/g, '.'))
