import { chunksIn } from './chunks.ts'
import type { ByteReader } from './input.ts'
import { checkRate } from './sample-rate.ts'
import type { Sniffed } from './sniff.ts'

/** What the chunks of a WAV or an AIFF file say of the sound in it. */
export interface WaveHeader {
  /** Null where they do not say. */
  readonly seconds: number | null
  /** Whether samples are floating-point numbers, which may be infinite or no numbers at all. */
  readonly floats: boolean
}

const FORM_HEADER_BYTES = 12

/**
 * Reads the chunks of a WAV or an AIFF file, wherever among the others they stand.
 *
 * @throws Failure `decode-failed` for a sample rate that no recording has
 */
export const waveHeader = (
  reader: ByteReader,
  { format, offsetBytes }: Sniffed,
): Promise<WaveHeader> => {
  const start = offsetBytes + FORM_HEADER_BYTES
  return format === 'wav' ? wavHeader(reader, start) : aiffHeader(reader, start)
}

const WAVE_FORMAT_FLOAT = 3
const WAVE_FORMAT_EXTENSIBLE = 0xfffe
const FMT_BYTES = 16
const SUBFORMAT_OFFSET = 24

const wavHeader = async (reader: ByteReader, start: number): Promise<WaveHeader> => {
  let bytesPerSecond = 0
  let floats = false
  for await (const chunk of chunksIn(reader, 'riff', start, reader.sizeBytes)) {
    if (chunk.id === 'fmt ') {
      const fmt = Buffer.from(await reader.read(chunk.start, SUBFORMAT_OFFSET + 2))
      if (fmt.length < FMT_BYTES) break
      const tag = fmt.readUInt16LE(0)
      const extended = tag === WAVE_FORMAT_EXTENSIBLE && fmt.length === SUBFORMAT_OFFSET + 2
      floats = (extended ? fmt.readUInt16LE(SUBFORMAT_OFFSET) : tag) === WAVE_FORMAT_FLOAT
      checkRate(fmt.readUInt32LE(4))
      bytesPerSecond = fmt.readUInt32LE(8)
    }
    if (chunk.id === 'data') {
      return { seconds: ratio(chunk.end - chunk.start, bytesPerSecond), floats }
    }
  }
  return { seconds: null, floats }
}

const COMM_BYTES = 18
const FLOAT_COMPRESSIONS = ['fl32', 'FL32', 'fl64', 'FL64']

const aiffHeader = async (reader: ByteReader, start: number): Promise<WaveHeader> => {
  for await (const chunk of chunksIn(reader, 'aiff', start, reader.sizeBytes)) {
    if (chunk.id !== 'COMM') continue
    const comm = Buffer.from(await reader.read(chunk.start, COMM_BYTES + 4))
    if (comm.length < COMM_BYTES) break
    // The rate is a number of 80 bits: an exponent, then a mantissa whose first half is more than enough.
    const rateHz = comm.readUInt32BE(10) * 2 ** ((comm.readUInt16BE(8) & 0x7fff) - 16_383 - 31)
    checkRate(rateHz)
    const compression = comm.toString('latin1', COMM_BYTES)
    return {
      seconds: ratio(comm.readUInt32BE(2), rateHz),
      floats: FLOAT_COMPRESSIONS.includes(compression),
    }
  }
  return { seconds: null, floats: false }
}

const ratio = (amount: number, perSecond: number): number | null =>
  amount > 0 && perSecond > 0 ? amount / perSecond : null
