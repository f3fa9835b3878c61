import { createAudioPool, defaultLimits, presets, type AudioPool } from '../src/index.ts'
import { ffmpegPresent } from '../src/decode/ffmpeg.ts'
import { cpuMs, median, outputOf } from './cpu.ts'

export interface DecodingFigures {
  /** CPU per track through the pool as the services use it: ffmpeg in batches. Null without ffmpeg. */
  readonly pooled: number | null
  /** CPU of the decoding alone: one process per track, less what the process costs before it does anything. */
  readonly floor: number | null
  /** CPU of one ffmpeg process per track, started and all. */
  readonly oneProcessEach: number | null
  /** CPU per track with the decoders from npm. */
  readonly libraries: number
  readonly pcm: Int16Array
}

const preset = presets['seed-v1']
const LIBRARY_TRACKS = 12
const ROUNDS = 5

/**
 * CPU milliseconds per track of decoding previews in each of the ways there are. The ways with ffmpeg take turns,
 * so that whatever else the machine does meets all of them, and the median of their rounds counts.
 */
export const measureDecoding = async (paths: readonly string[]): Promise<DecodingFigures> => {
  const libraries = await withPool('libraries', async (pool) => {
    await pool.decode({ path: paths[0]! }, preset, defaultLimits)
    return perTrack(paths.slice(0, LIBRARY_TRACKS), (some) => decodeAll(pool, some))
  })
  if (!ffmpegPresent()) {
    const pcm = await withPool('libraries', (pool) => pool.decode({ path: paths[0]! }, preset))
    return { pooled: null, floor: null, oneProcessEach: null, libraries, pcm }
  }
  return withPool('ffmpeg', async (pool) => {
    // Once beforehand, so that threads run and code is compiled.
    const [pcm] = await decodeAll(pool, paths)
    const [pooled, starting, oneProcessEach] = await medians([
      () => perTrack(paths, (all) => decodeAll(pool, all)),
      () => perTrack(paths, () => runEach(paths.map(() => ['-version']))),
      () => perTrack(paths, () => runEach(paths.map(plainArguments))),
    ])
    return { pooled, floor: oneProcessEach - starting, oneProcessEach, libraries, pcm: pcm! }
  })
}

const withPool = async <T>(
  decoder: 'ffmpeg' | 'libraries',
  work: (pool: AudioPool) => Promise<T>,
): Promise<T> => {
  const pool = createAudioPool({ decoder })
  try {
    return await work(pool)
  } finally {
    await pool.close()
  }
}

const decodeAll = (pool: AudioPool, paths: readonly string[]): Promise<Int16Array[]> =>
  Promise.all(paths.map((path) => pool.decode({ path }, preset, defaultLimits)))

const runEach = async (commands: readonly (readonly string[])[]): Promise<void> => {
  for (const args of commands) await outputOf('ffmpeg', args)
}

const perTrack = async (
  paths: readonly string[],
  work: (paths: readonly string[]) => Promise<unknown>,
): Promise<number> => {
  const before = cpuMs()
  await work(paths)
  return (cpuMs() - before) / paths.length
}

type Measure = () => Promise<number>

/** Median of each of three measures over rounds in which they take turns. */
const medians = async (
  measures: readonly [Measure, Measure, Measure],
): Promise<[number, number, number]> => {
  const rounds: number[][] = []
  for (let round = 0; round < ROUNDS; round++) {
    const figures: number[] = []
    for (const measure of measures) figures.push(await measure())
    rounds.push(figures)
  }
  const of = (index: number): number => median(rounds.map((figures) => figures[index]!))
  return [of(0), of(1), of(2)]
}

/** As much of a track as the pool decodes. */
const plainArguments = (path: string): string[] => [
  ...['-v', 'error', '-nostdin', '-y', '-threads', '1'],
  ...['-t', String(preset.pcm.windowSeconds), '-i', path],
  ...['-ac', '1', '-ar', String(preset.pcm.sampleRateHz), '-f', 's16le', '/dev/null'],
]
