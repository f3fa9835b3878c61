import { createAudioPool, defaultLimits, presets, type AudioPoolOptions } from '../src/index.ts'
import { ffmpegPresent } from '../src/decode/ffmpeg.ts'
import { cpuMs, outputOf } from './cpu.ts'

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

/** CPU milliseconds per track of decoding previews in each of the ways there are. */
export const measureDecoding = async (paths: readonly string[]): Promise<DecodingFigures> => {
  const libraries = await throughPool(paths.slice(0, LIBRARY_TRACKS), { decoder: 'libraries' })
  if (!ffmpegPresent()) {
    return {
      ...libraries,
      libraries: libraries.cpu,
      pooled: null,
      floor: null,
      oneProcessEach: null,
    }
  }
  const pooled = await throughPool(paths, { decoder: 'ffmpeg' })
  const starting = await perRun(paths.map(() => ['-version']))
  const oneProcessEach = await perRun(paths.map(plainArguments))
  return {
    pooled: pooled.cpu,
    floor: oneProcessEach - starting,
    oneProcessEach,
    libraries: libraries.cpu,
    pcm: pooled.pcm,
  }
}

const throughPool = async (
  paths: readonly string[],
  options: AudioPoolOptions,
): Promise<{ cpu: number; pcm: Int16Array }> => {
  const pool = createAudioPool(options)
  try {
    // Once beforehand, so that threads run and code is compiled.
    const pcm = await pool.decode({ path: paths[0]! }, preset, defaultLimits)
    const before = cpuMs()
    await Promise.all(paths.map((path) => pool.decode({ path }, preset, defaultLimits)))
    return { cpu: (cpuMs() - before) / paths.length, pcm }
  } finally {
    await pool.close()
  }
}

const perRun = async (commands: readonly (readonly string[])[]): Promise<number> => {
  const before = cpuMs()
  for (const args of commands) await outputOf('ffmpeg', args)
  return (cpuMs() - before) / commands.length
}

const plainArguments = (path: string): string[] => [
  ...['-v', 'error', '-nostdin', '-y', '-threads', '1', '-i', path],
  ...['-ac', '1', '-ar', String(preset.pcm.sampleRateHz), '-f', 's16le', '/dev/null'],
]
