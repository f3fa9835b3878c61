import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '@soundalike/contracts'
import type { Preset } from '../presets.ts'
import { createBatcher, type FfmpegBatcher } from './batcher.ts'
import { ffmpegPresent } from './ffmpeg.ts'
import { decodeInProcess, type InProcessTask } from './in-process.ts'
import type { AudioInput, ByteReader } from './input.ts'
import type { DecodeLimits } from './limits.ts'
import type { Sniffed } from './sniff.ts'
import { centreOf, deviation } from './sound.ts'
import { makeTemporaryFolder } from './temporary-folder.ts'
import { waveHeader } from './wave-header.ts'

/** `auto` takes ffmpeg where there is one. `libraries` are the decoders from npm. */
export type DecoderChoice = 'auto' | 'ffmpeg' | 'libraries'

/** The two ways to decode a stretch; a pool puts its own in place of the plain ones. */
export interface DecodeEngines {
  readonly decoder: DecoderChoice
  readonly ffmpeg: FfmpegBatcher
  readonly inProcess: (task: InProcessTask, signal?: AbortSignal) => Promise<Int16Array>
}

/** One file at a time, the libraries on the calling thread. */
export const plainEngines: DecodeEngines = {
  decoder: 'auto',
  ffmpeg: createBatcher({ processes: 1, maxBatch: 1, lingerMs: 0 }),
  inProcess: decodeInProcess,
}

/** A mono mix whose middle is below this level may be a stereo pair that cancels itself out. */
const QUIET_AMPLITUDE = 32_768 * 10 ** (-40 / 20)

/** Frames of MP3 hold bits of later ones: for this long, a decoder that begins in the middle may give silence. */
const LEAD_SECONDS = 1

/** Part of a preview. */
export interface Stretch {
  readonly startSeconds: number
  readonly seconds: number
}

/** A preview that is about to be decoded. */
export interface DecodeJob {
  readonly input: AudioInput
  readonly reader: ByteReader
  readonly sniffed: Sniffed
  readonly preset: Preset
  readonly limits: DecodeLimits
  readonly signal: AbortSignal | undefined
  readonly engines: DecodeEngines
}

/** Decodes stretches of one preview. */
export interface Engine {
  /** Whether a stretch far from the start costs no more than one at the start. */
  readonly seeks: boolean
  decode(stretch: Stretch): Promise<Int16Array>
  close(): Promise<void>
}

/** The way to decode a preview: the chosen one, except where it cannot be trusted with the format. */
export const engineFor = async (job: DecodeJob): Promise<Engine> => {
  const { decoder } = job.engines
  const useFfmpeg = decoder === 'ffmpeg' || (decoder === 'auto' && ffmpegPresent())
  // Floating-point samples may be infinite or no numbers at all; the library's are cleaned before they are mixed.
  return useFfmpeg && !(await holdsFloats(job)) ? ffmpegEngine(job) : libraryEngine(job)
}

const libraryEngine = async (job: DecodeJob): Promise<Engine> => {
  const { reader, sniffed, preset, limits, signal, engines } = job
  const { format, offsetBytes } = sniffed
  const bytes = await reader.read(offsetBytes, reader.sizeBytes)
  const { sampleRateHz } = preset.pcm
  return {
    seeks: false,
    decode: (stretch) => {
      const task = { bytes, format, ...stretch, sampleRateHz }
      const timeout = AbortSignal.timeout(limits.timeoutMs)
      return engines.inProcess(task, signal ? AbortSignal.any([signal, timeout]) : timeout)
    },
    close: () => Promise.resolve(),
  }
}

const ffmpegEngine = async (job: DecodeJob): Promise<Engine> => {
  const { input, sniffed, preset, limits, signal, engines } = job
  const { format } = sniffed
  const folder = input instanceof Uint8Array ? await makeTemporaryFolder() : null
  const close = async (): Promise<void> => {
    if (folder !== null) await rm(folder, { recursive: true, force: true })
  }
  try {
    const path = input instanceof Uint8Array ? join(folder!, 'preview') : input.path
    if (input instanceof Uint8Array) await writeFile(path, input)
    const run = async (stretch: Stretch, channels: 1 | 2): Promise<Int16Array> => {
      const { sampleRateHz } = preset.pcm
      const leadSeconds = Math.min(LEAD_SECONDS, stretch.startSeconds)
      const startSeconds = stretch.startSeconds - leadSeconds
      const seconds = stretch.seconds + leadSeconds
      const task = { path, format, startSeconds, seconds, sampleRateHz, channels }
      const pcm = await engines.ffmpeg.run(task, limits, signal)
      return pcm.subarray(Math.round(leadSeconds * sampleRateHz) * channels)
    }
    return {
      seeks: true,
      decode: async (stretch) => {
        const mono = await run(stretch, 1)
        if (mono.length === 0) throw new Failure('decode-failed', 'does not decode')
        const middle = centreOf(mono, mono.length >> 3)
        if (deviation(middle) > QUIET_AMPLITUDE) return mono
        return louderMix(mono, await run(stretch, 2))
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** The mono mix, unless one side of the stereo pair is ten times as loud: then that side. */
const louderMix = (mono: Int16Array, stereo: Int16Array): Int16Array => {
  const sides = [0, 1].map((side) => mono.map((_, index) => stereo[2 * index + side] ?? 0))
  const loudest = sides.reduce((a, b) => (deviation(b) > deviation(a) ? b : a))
  return deviation(loudest) > 10 * deviation(mono) ? loudest : mono
}

const holdsFloats = async ({ reader, sniffed }: DecodeJob): Promise<boolean> =>
  ['wav', 'aiff'].includes(sniffed.format) && (await waveHeader(reader, sniffed)).floats
