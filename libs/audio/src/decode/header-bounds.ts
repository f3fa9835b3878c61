import { Failure } from '@soundalike/contracts'
import type { AudioFormat } from './sniff.ts'

/** As many as 7.1 has, and FLAC can. */
const MAX_CHANNELS = 8

/**
 * Refuses headers that would make a decoder from npm give back out of all proportion to the bytes it gets. They
 * trust the headers, and a page of Ogg or a chunk of WAV is decoded in one go.
 *
 * @throws Failure `decode-failed`
 */
export const checkHeaders = (format: AudioFormat, bytes: Uint8Array): void => {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (format === 'wav') checkWav(file)
  if (format === 'aiff') checkAiff(file)
  if (format === 'ogg-opus') checkEach(file, 'OpusHead', 9)
  if (format === 'ogg-vorbis') checkEach(file, '\x01vorbis', 11)
}

const CHUNK_HEADER_BYTES = 8
const FORM_HEADER_BYTES = 12
const WAVE_FORMAT_EXTENSIBLE = 0xfffe
/** Integers, floating-point numbers, and two that have a byte per sample. */
const WAVE_FORMATS = [1, 3, 6, 7]

/** Goes from chunk to chunk as the decoder does: without filling up odd lengths, and up to the sound. */
const checkWav = (file: Buffer): void => {
  let at = FORM_HEADER_BYTES
  while (at + CHUNK_HEADER_BYTES <= file.length) {
    const id = file.toString('latin1', at, at + 4)
    if (id === 'data') return
    if (id === 'fmt ') checkWavFormat(file.subarray(at + CHUNK_HEADER_BYTES))
    at += CHUNK_HEADER_BYTES + file.readUInt32LE(at + 4)
  }
}

const checkWavFormat = (fmt: Buffer): void => {
  if (fmt.length < 26) throw new Failure('decode-failed', 'bad header: it breaks off')
  const tag = fmt.readUInt16LE(0)
  const format = tag === WAVE_FORMAT_EXTENSIBLE ? fmt.readUInt16LE(24) : tag
  if (!WAVE_FORMATS.includes(format)) {
    throw new Failure('decode-failed', `WAV of format ${format} needs ffmpeg`)
  }
  const channels = checkChannels(fmt.readUInt16LE(2))
  const [frameBytes, bits] = [fmt.readUInt16LE(12), fmt.readUInt16LE(14)]
  if (frameBytes >= (channels * bits) / 8) return
  throw new Failure('decode-failed', `bad header: ${channels} channels in ${frameBytes} bytes`)
}

/** Blocks of a fixed size, as many as the header claims. */
const AIFF_BLOCK_FORMATS = ['ima4', 'GSM ', 'gsm ']

const checkAiff = (file: Buffer): void => {
  let at = FORM_HEADER_BYTES
  while (at + CHUNK_HEADER_BYTES <= file.length) {
    const size = file.readUInt32BE(at + 4)
    const comm = file.subarray(at + CHUNK_HEADER_BYTES)
    if (file.toString('latin1', at, at + 4) === 'COMM' && comm.length >= 22) {
      checkChannels(comm.readUInt16BE(0))
      const compression = comm.toString('latin1', 18, 22)
      if (AIFF_BLOCK_FORMATS.includes(compression)) {
        throw new Failure('decode-failed', `AIFF of format ${compression.trim()} needs ffmpeg`)
      }
    }
    at += CHUNK_HEADER_BYTES + size + (size % 2)
  }
}

/** Streams of Ogg follow each other, each with a header of its own. */
const checkEach = (file: Buffer, magic: string, offset: number): void => {
  for (let at = file.indexOf(magic); at >= 0; at = file.indexOf(magic, at + 1)) {
    checkChannels(file[at + offset] ?? 0)
  }
}

const checkChannels = (channels: number): number => {
  if (channels >= 1 && channels <= MAX_CHANNELS) return channels
  throw new Failure('decode-failed', `bad header: ${channels} channels`)
}
