import { readFileSync } from 'node:fs'
import { createAudioPool, defaultLimits, presets, type DecoderChoice } from '../src/index.ts'
import { ffmpegPresent } from '../src/decode/ffmpeg.ts'
import { median } from './cpu.ts'

/** One run with each way to decode there is. */
export interface MemoryFigures {
  /** Null without ffmpeg. */
  readonly ffmpeg: MemoryRun | null
  /** Over fewer tracks: a track takes ten times as long. */
  readonly libraries: MemoryRun
}

/** Resident memory over a long run, in MiB. */
export interface MemoryRun {
  readonly tracks: number
  /** This process, worker threads and all: median over the first and the last third of the tracks, and the highest. */
  readonly firstThirdMiB: number
  readonly lastThirdMiB: number
  readonly peakMiB: number
  /** The largest decoder process in the same thirds. Null where the system does not say. */
  readonly decoderFirstThirdMiB: number | null
  readonly decoderLastThirdMiB: number | null
}

interface Sample {
  readonly processMiB: number
  readonly decoderMiB: number
}

const TOGETHER = 32
const SAMPLE_EVERY_MS = 250
/** Tracks that ffmpeg decodes for each that the decoders from npm do. */
const FFMPEG_TRACKS_PER_LIBRARY_TRACK = 4
/** A track that is decoded on a busy machine has waited for 31 others. */
const limits = { ...defaultLimits, timeoutMs: 600_000 }
const MIB = 1024 * 1024
const PAGE_BYTES = 4096
const preset = presets['seed-v1']

/** Decodes and pictures previews, over and over, as a transcoder and a spectrogram service in one process would. */
export const measureMemory = async (
  paths: readonly string[],
  tracks: number,
): Promise<MemoryFigures> => ({
  ffmpeg: ffmpegPresent() ? await memoryWith('ffmpeg', paths, tracks) : null,
  libraries: await memoryWith(
    'libraries',
    paths,
    Math.ceil(tracks / FFMPEG_TRACKS_PER_LIBRARY_TRACK),
  ),
})

const memoryWith = async (
  decoder: DecoderChoice,
  paths: readonly string[],
  tracks: number,
): Promise<MemoryRun> => {
  const pool = createAudioPool({ decoder })
  const samples: Sample[] = []
  const timer = setInterval(() => {
    samples.push({ processMiB: process.memoryUsage.rss() / MIB, decoderMiB: largestChildMiB() })
  }, SAMPLE_EVERY_MS)
  let next = 0
  const work = async (): Promise<void> => {
    while (next < tracks) {
      const path = paths[next++ % paths.length]!
      await pool.melImage(await pool.decode({ path }, preset, limits), preset)
    }
  }
  try {
    await Promise.all(Array.from({ length: TOGETHER }, work))
  } finally {
    clearInterval(timer)
    await pool.close()
  }
  const third = Math.ceil(samples.length / 3)
  const [first, last] = [samples.slice(0, third), samples.slice(-third)]
  const decoders = (some: readonly Sample[]): number | null => {
    const seen = some.map(({ decoderMiB }) => decoderMiB).filter((each) => each > 0)
    return seen.length === 0 ? null : median(seen)
  }
  return {
    tracks,
    firstThirdMiB: median(first.map(({ processMiB }) => processMiB)),
    lastThirdMiB: median(last.map(({ processMiB }) => processMiB)),
    peakMiB: Math.max(...samples.map(({ processMiB }) => processMiB)),
    decoderFirstThirdMiB: decoders(first),
    decoderLastThirdMiB: decoders(last),
  }
}

/** Resident memory of the largest process that this one has started; 0 where there is none. */
const largestChildMiB = (): number => {
  try {
    const ids = readFileSync(`/proc/self/task/${process.pid}/children`, 'ascii').trim().split(' ')
    const pages = ids.filter(Boolean).map((id) => residentPages(id))
    return (Math.max(0, ...pages) * PAGE_BYTES) / MIB
  } catch {
    return 0
  }
}

const residentPages = (id: string): number => {
  try {
    return Number(readFileSync(`/proc/${id}/statm`, 'ascii').split(' ')[1])
  } catch {
    return 0
  }
}
