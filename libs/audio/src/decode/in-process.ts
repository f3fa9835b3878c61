import { setImmediate } from 'node:timers/promises'
import { Failure } from '@soundalike/contracts'
import { checkHeaders } from './header-bounds.ts'
import { openInput, type AudioInput } from './input.ts'
import { clean, energy, mean, toInt16, type Mix } from './mixdown.ts'
import { createResampler, type Resampler } from './resample.ts'
import { checkRate } from './sample-rate.ts'
import type { AudioFormat } from './sniff.ts'
import { decodedChunks, type DecodedChunk } from './stream-decoders.ts'

/** What to decode and how much of it; sendable to a worker thread. */
export interface InProcessTask {
  /** A file is read by the thread that decodes it: no more of them are in memory than there are threads. */
  readonly input: AudioInput
  readonly maxBytes: number
  /** Where the sound begins, in the given format. */
  readonly offsetBytes: number
  readonly format: AudioFormat
  readonly startSeconds: number
  readonly seconds: number
  readonly sampleRateHz: number
}

/** Below this share of the loudest channel's energy the mix has cancelled itself out. */
const CANCELLED = 0.01

/**
 * Decodes with libraries from npm instead of ffmpeg: chunk by chunk, of which nothing is kept but the mix at the
 * wanted rate. Where the channels cancel each other (one is the other's inverse) the mix is silent though the music is
 * not; then the loudest channel stands for all. Runs on the calling thread: seconds of work for a long file, with
 * pauses for others where there is a signal to wait for.
 *
 * @returns mono PCM; shorter than asked for where the file is
 * @throws Failure `decode-failed`, `not-audio`, `timed-out` once the signal is aborted, and as {@link openInput}
 */
export const decodeInProcess = async (
  task: InProcessTask,
  signal?: AbortSignal,
): Promise<Int16Array> => {
  const loaded = { ...task, bytes: await soundBytes(task), signal }
  checkHeaders(loaded.format, loaded.bytes)
  const { pcm, mixEnergy, channelEnergies } = await decodeMixed(loaded, mean)
  const loudest = Math.max(0, ...channelEnergies)
  if (mixEnergy >= CANCELLED * loudest) return pcm
  const channel = channelEnergies.indexOf(loudest)
  return (await decodeMixed(loaded, (channels) => channels[channel]!)).pcm
}

const soundBytes = async ({ input, maxBytes, offsetBytes }: InProcessTask): Promise<Uint8Array> => {
  const reader = await openInput(input, maxBytes)
  try {
    return await reader.read(offsetBytes, reader.sizeBytes)
  } finally {
    await reader.close()
  }
}

interface LoadedTask extends InProcessTask {
  readonly bytes: Uint8Array
  readonly signal: AbortSignal | undefined
}

interface Mixed {
  readonly pcm: Int16Array
  readonly mixEnergy: number
  readonly channelEnergies: readonly number[]
}

const decodeMixed = async (task: LoadedTask, mix: Mix): Promise<Mixed> => {
  const pieces: Int16Array[] = []
  const channelEnergies: number[] = []
  let mixEnergy = 0
  let resampler: Resampler | undefined
  try {
    for await (const { channelData, sampleRate } of wantedChunks(task)) {
      resampler ??= await createResampler(sampleRate, task.sampleRateHz)
      channelData.forEach((channel, i) => {
        clean(channel)
        channelEnergies[i] = (channelEnergies[i] ?? 0) + energy(channel)
      })
      const mixed = mix(channelData)
      mixEnergy += energy(mixed)
      pieces.push(toInt16(resampler.next(mixed)))
    }
    if (resampler !== undefined) pieces.push(toInt16(resampler.end()))
  } finally {
    resampler?.close()
  }
  return { pcm: joined(pieces), mixEnergy, channelEnergies }
}

/** Lets timers run, without which no signal is ever aborted by one. */
const pause = async (signal: AbortSignal): Promise<void> => {
  await setImmediate()
  if (signal.aborted) throw new Failure('timed-out', 'decoding was aborted')
}

/** The part of a file between the start and the end of a task, all of one rate and number of channels. */
async function* wantedChunks(task: LoadedTask): AsyncGenerator<DecodedChunk> {
  let shape: { readonly sampleRate: number; readonly channels: number } | undefined
  let position = 0
  try {
    for await (const { channelData, sampleRate } of decodedChunks(task.format, task.bytes)) {
      if (task.signal !== undefined) await pause(task.signal)
      const length = channelData[0]?.length ?? 0
      if (length === 0) continue
      checkRate(sampleRate)
      shape ??= { sampleRate, channels: channelData.length }
      // Where a stream seems to change its rate or channels it is damaged; what fits again later is kept.
      if (sampleRate !== shape.sampleRate || channelData.length !== shape.channels) continue
      const start = Math.round(task.startSeconds * sampleRate) - position
      const end = start + Math.round(task.seconds * sampleRate)
      position += length
      if (start < length) {
        const wanted = channelData.map((channel) => channel.subarray(Math.max(0, start), end))
        yield { channelData: wanted, sampleRate }
      }
      if (end <= length) return
    }
  } catch (error) {
    // Damage near the end costs the rest of the file, not what was decoded before it.
    if (position === 0 || task.signal?.aborted === true) throw asFailure(error)
  }
  if (position === 0) throw new Failure('decode-failed', 'does not decode')
}

const asFailure = (error: unknown): Failure => {
  if (error instanceof Failure) return error
  const message = error instanceof Error ? error.message : String(error)
  return new Failure('decode-failed', `does not decode: ${message.split('\n', 1)[0]}`, {
    cause: error,
  })
}

const joined = (pieces: readonly Int16Array[]): Int16Array => {
  const whole = new Int16Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let offset = 0
  for (const piece of pieces) {
    whole.set(piece, offset)
    offset += piece.length
  }
  return whole
}
