import { availableParallelism } from 'node:os'
import { Failure } from '@soundalike/contracts'
import { Piscina } from 'piscina'
import { createBatcher } from './decode/batcher.ts'
import { decode, decodeWindows } from './decode/decode.ts'
import type { DecodeEngines, DecoderChoice } from './decode/engines.ts'
import type { AudioInput } from './decode/input.ts'
import type { DecodeLimits } from './decode/limits.ts'
import { sweepTemporaryFolders } from './decode/temporary-folder.ts'
import type { Degradation } from './degrade/degrade.ts'
import type { PictureKind } from './pictures/picture.ts'
import type { WaveformStretch } from './pictures/waveform.ts'
import type { Preset } from './presets.ts'
import type { SentFailure } from './worker.ts'

/** The signal code, off the event loop. Every call can be aborted; results are moved, not copied. */
export interface AudioPool {
  /** As {@link decode}. */
  decode(
    input: AudioInput,
    preset: Preset,
    limits?: DecodeLimits,
    signal?: AbortSignal,
  ): Promise<Int16Array>
  /** As {@link decodeWindows}. */
  decodeWindows(
    input: AudioInput,
    preset: Preset,
    count: number,
    limits?: DecodeLimits,
    signal?: AbortSignal,
  ): Promise<Int16Array[]>
  /** As `melImage`. */
  melImage(pcm: Int16Array, preset: Preset, signal?: AbortSignal): Promise<Uint8Array>
  /** As `degrade`. */
  degrade(
    pcm: Int16Array,
    preset: Preset,
    degradation: Degradation,
    signal?: AbortSignal,
  ): Promise<Int16Array>
  /** As `picturePng`. */
  picturePng(image: Uint8Array, preset: Preset, signal?: AbortSignal): Promise<Uint8Array>
  /** As `soundPicturePng`. */
  soundPicturePng(
    pcm: Int16Array,
    preset: Preset,
    kind: PictureKind,
    stretch?: WaveformStretch,
    signal?: AbortSignal,
  ): Promise<Uint8Array>
  /** Stops the threads and the decoders; what is under way, or asked for later, fails with `unavailable`. */
  close(): Promise<void>
}

export interface AudioPoolOptions {
  /** Worker threads, and decoder processes at a time. @default one per core */
  readonly threads?: number
  /** @default 'auto' */
  readonly decoder?: DecoderChoice
}

/** Starts a pool. Threads are started when there is work and stopped when idle. */
export const createAudioPool = ({
  threads = availableParallelism(),
  decoder = 'auto',
}: AudioPoolOptions = {}): AudioPool => {
  // What cannot be removed is in nobody's way.
  void sweepTemporaryFolders().catch(() => undefined)
  const pool = new Piscina({
    filename: new URL('./worker.ts', import.meta.url).href,
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: 10_000,
    // Sound lies outside of the heap; what a hostile file makes a decoder heap up costs its thread alone.
    resourceLimits: { maxOldGenerationSizeMb: 256 },
  })
  const ffmpeg = createBatcher({ processes: threads })
  let closed = false
  /** Runs an exported function of `worker.ts`. */
  const run = async <Output extends Int16Array | Uint8Array>(
    name: 'decode' | 'mel' | 'degrade' | 'picture' | 'soundPicture',
    input: object,
    signal?: AbortSignal,
  ): Promise<Output> => {
    if (closed) throw poolClosed()
    const options = { name, ...(signal === undefined ? {} : { signal }) }
    const result = (await pool.run(input, options).catch((error: unknown) => {
      throw closed ? poolClosed() : failureOf(error, signal)
    })) as Output | SentFailure
    if ('code' in result) throw new Failure(result.code, result.reason)
    return result
  }
  const engines: DecodeEngines = {
    decoder,
    ffmpeg,
    inProcess: (task, signal) => run('decode', task, signal),
  }

  return {
    decode: (input, preset, limits, signal) => decode(input, preset, limits, signal, engines),
    decodeWindows: (input, preset, count, limits, signal) =>
      decodeWindows(input, preset, count, limits, signal, engines),
    melImage: (pcm, preset, signal) => run('mel', { pcm, preset }, signal),
    degrade: (pcm, { pcm: { sampleRateHz } }, degradation, signal) =>
      run('degrade', { pcm, sampleRateHz, degradation }, signal),
    picturePng: (image, preset, signal) => run('picture', { image, preset }, signal),
    soundPicturePng: (pcm, preset, kind, stretch, signal) =>
      run('soundPicture', { pcm, preset, kind, stretch }, signal),
    close: async () => {
      closed = true
      await Promise.all([ffmpeg.close(), pool.destroy()])
    },
  }
}

const poolClosed = (): Failure => new Failure('unavailable', 'the audio pool was closed')

/** What became of a thread that gave no answer. */
const failureOf = (error: unknown, signal: AbortSignal | undefined): Failure => {
  if (signal?.aborted === true) return new Failure('timed-out', 'aborted', { cause: error })
  const reason = error instanceof Error ? error.message : String(error)
  return new Failure('decoder-crashed', `worker thread died: ${reason}`, { cause: error })
}
