import { Failure } from '@soundalike/contracts'
import { mixdown, toInt16 } from './mixdown.ts'
import { resample } from './resample.ts'
import type { AudioFormat } from './sniff.ts'
import { streamDecoder, type DecodedChunk, type StreamDecoder } from './stream-decoders.ts'

/** What to decode and how much of it; sendable to a worker thread. */
export interface InProcessTask {
  readonly bytes: Uint8Array
  readonly format: AudioFormat
  readonly startSeconds: number
  readonly seconds: number
  readonly sampleRateHz: number
}

const CHUNK_BYTES = 64 * 1024
/** Rates outside this are a damaged header, and would make the resampler allocate without bound. */
const SAMPLE_RATE_RANGE_HZ = { lowest: 4_000, highest: 384_000 }

/**
 * Decodes with libraries from npm instead of ffmpeg, keeping nothing before the start and stopping at the end.
 * Runs on the calling thread: seconds of work for a long file.
 *
 * @returns mono PCM; shorter than asked for where the file is
 * @throws Failure `decode-failed`, `not-audio`
 */
export const decodeInProcess = async (task: InProcessTask): Promise<Int16Array> => {
  const chunks = await collect(task)
  const rateHz = chunks[0]?.sampleRate
  if (rateHz === undefined) throw new Failure('decode-failed', 'does not decode')
  const mono = mixdown(joined(chunks))
  const start = Math.round(task.startSeconds * rateHz)
  const wanted = mono.subarray(start, start + Math.round(task.seconds * rateHz))
  return toInt16(await resample(wanted, rateHz, task.sampleRateHz))
}

const collect = async (task: InProcessTask): Promise<DecodedChunk[]> => {
  const decoder = await streamDecoder(task.format)
  const chunks: DecodedChunk[] = []
  let seconds = 0
  const take = (chunk: DecodedChunk): void => {
    const samples = chunk.channelData[0]?.length ?? 0
    if (samples === 0) return
    checkRate(chunk.sampleRate)
    const first = chunks[0]
    // Where a stream seems to change its rate or channels it is damaged; what fits again later is kept.
    if (first !== undefined && !sameShape(chunk, first)) return
    chunks.push(chunk)
    seconds += samples / chunk.sampleRate
  }
  try {
    const end = task.startSeconds + task.seconds
    for (let offset = 0; offset < task.bytes.length && seconds < end; offset += CHUNK_BYTES) {
      take(await decoder.decode(task.bytes.subarray(offset, offset + CHUNK_BYTES)))
    }
    if (seconds < end) take(await decoder.flush())
  } catch (error) {
    // Damage near the end costs the rest of the file, not what was decoded before it.
    if (chunks.length === 0) throw asFailure(error)
  } finally {
    release(decoder)
  }
  return chunks
}

/** A WebAssembly decoder that damage has led out of its memory cannot even be freed; its instance is dropped. */
const release = (decoder: StreamDecoder): void => {
  try {
    decoder.free()
  } catch {
    // Nothing refers to the instance any more.
  }
}

const asFailure = (error: unknown): Failure => {
  if (error instanceof Failure) return error
  const message = error instanceof Error ? error.message : String(error)
  return new Failure('decode-failed', `does not decode: ${message.split('\n', 1)[0]}`, {
    cause: error,
  })
}

const checkRate = (rateHz: number): void => {
  const { lowest, highest } = SAMPLE_RATE_RANGE_HZ
  if (rateHz >= lowest && rateHz <= highest) return
  throw new Failure('decode-failed', `bad header: ${rateHz} samples per second`)
}

const sameShape = (a: DecodedChunk, b: DecodedChunk): boolean =>
  a.sampleRate === b.sampleRate && a.channelData.length === b.channelData.length

const joined = (chunks: readonly DecodedChunk[]): Float32Array[] => {
  const length = chunks.reduce((sum, chunk) => sum + (chunk.channelData[0]?.length ?? 0), 0)
  return (chunks[0]?.channelData ?? []).map((_, channel) => {
    const whole = new Float32Array(length)
    let offset = 0
    for (const chunk of chunks) {
      const part = chunk.channelData[channel]!
      whole.set(part, offset)
      offset += part.length
    }
    return whole
  })
}
