import { rm } from 'node:fs/promises'
import { Failure } from '@soundalike/contracts'
import type { Preset } from '../presets.ts'
import { createBatcher, type FfmpegBatcher } from './batcher.ts'
import type { Deadline } from './deadline.ts'
import { ffmpegPresent } from './ffmpeg.ts'
import { decodeInProcess, type InProcessTask } from './in-process.ts'
import type { AudioInput, ByteReader } from './input.ts'
import type { DecodeLimits } from './limits.ts'
import type { Sniffed } from './sniff.ts'
import { centreOf, deviation } from './sound.ts'
import { makeTemporaryFolder, writeTemporaryFile } from './temporary-folder.ts'
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
  readonly deadline: Deadline
  readonly engines: DecodeEngines
}

/** Decodes stretches of one preview. */
export interface Engine {
  /** Whether a stretch far from the start costs no more than one at the start. */
  readonly seeks: boolean
  /** The mono mix. */
  decode(stretch: Stretch): Promise<Int16Array>
  /** What is to be heard of a stretch: its mix, unless the sides of the stereo pair cancel each other out in it. */
  heard(mono: Int16Array, stretch: Stretch): Promise<Int16Array>
  close(): Promise<void>
}

/** The way to decode a preview: the chosen one, except where it cannot be trusted with the format. */
export const engineFor = async (job: DecodeJob): Promise<Engine> => {
  const { decoder } = job.engines
  const useFfmpeg = decoder === 'ffmpeg' || (decoder === 'auto' && ffmpegPresent())
  // Floating-point samples may be infinite or no numbers at all; the library's are cleaned before they are mixed.
  return useFfmpeg && !(await holdsFloats(job)) ? ffmpegEngine(job) : libraryEngine(job)
}

const libraryEngine = ({
  input,
  sniffed,
  preset,
  limits,
  deadline,
  engines,
}: DecodeJob): Engine => {
  const { sampleRateHz } = preset.pcm
  const task = { input, maxBytes: limits.maxBytes, ...sniffed, sampleRateHz }
  return {
    seeks: false,
    decode: (stretch) => engines.inProcess({ ...task, ...stretch }, deadline.signal),
    heard: (mono) => Promise.resolve(mono),
    close: () => Promise.resolve(),
  }
}

const ffmpegEngine = async (job: DecodeJob): Promise<Engine> => {
  const { input, sniffed, preset, limits, deadline, engines } = job
  const { format } = sniffed
  const folder = input instanceof Uint8Array ? await makeTemporaryFolder() : null
  const close = async (): Promise<void> => {
    if (folder !== null) await rm(folder, { recursive: true, force: true })
  }
  try {
    const path =
      input instanceof Uint8Array ? await writeTemporaryFile(folder!, 'preview', input) : input.path
    const run = async (stretch: Stretch, channels: 1 | 2): Promise<Int16Array> => {
      const { sampleRateHz } = preset.pcm
      const leadSeconds = Math.min(LEAD_SECONDS, stretch.startSeconds)
      const startSeconds = stretch.startSeconds - leadSeconds
      const seconds = stretch.seconds + leadSeconds
      const task = { path, format, startSeconds, seconds, sampleRateHz, channels }
      const left = { ...limits, timeoutMs: deadline.leftMs() }
      const pcm = await engines.ffmpeg.run(task, left, deadline.signal)
      return pcm.subarray(Math.round(leadSeconds * sampleRateHz) * channels)
    }
    return {
      seeks: true,
      decode: async (stretch) => {
        const mono = await run(stretch, 1)
        if (mono.length === 0) throw new Failure('decode-failed', 'does not decode')
        return mono
      },
      heard: async (mono, stretch) => {
        if (!isQuiet(mono)) return mono
        return louderMix(mono, await run(stretch, 2).catch(nothingIfDamaged))
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** Where the mix was decoded, damage in the sides alone is no verdict on the preview. */
const nothingIfDamaged = (error: unknown): Int16Array => {
  if (Failure.from(error).code === 'decode-failed') return new Int16Array(0)
  throw error
}

/** By its middle, which is enough to tell and quickly measured. */
const isQuiet = (mono: Int16Array): boolean =>
  deviation(centreOf(mono, mono.length >> 3)) <= QUIET_AMPLITUDE

/** The mono mix, unless one side of the stereo pair is ten times as loud: then that side. */
const louderMix = (mono: Int16Array, stereo: Int16Array): Int16Array => {
  const [left, right] = [sideOf(stereo, 0), sideOf(stereo, 1)]
  const loudest = deviation(right) > deviation(left) ? right : left
  return deviation(loudest) > 10 * deviation(mono) ? loudest : mono
}

const sideOf = (stereo: Int16Array, side: 0 | 1): Int16Array => {
  const samples = new Int16Array(stereo.length >> 1)
  for (let i = 0; i < samples.length; i++) samples[i] = stereo[2 * i + side]!
  return samples
}

const holdsFloats = async ({ reader, sniffed }: DecodeJob): Promise<boolean> =>
  ['wav', 'aiff'].includes(sniffed.format) && (await waveHeader(reader, sniffed)).floats
