import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ffmpegOutput, type FfmpegLimits } from './ffmpeg-process.ts'
import { ffmpegProgram } from './ffmpeg-program.ts'
import type { AudioFormat } from './sniff.ts'
import { makeTemporaryFolder, readTemporaryFile } from './temporary-folder.ts'

/** One stretch of one file. */
export interface FfmpegTask {
  readonly path: string
  readonly format: AudioFormat
  readonly startSeconds: number
  readonly seconds: number
  readonly sampleRateHz: number
  /** 1 mixes all channels down; 2 keeps a stereo pair, interleaved. */
  readonly channels: 1 | 2
}

/** Demuxers by format. Naming it keeps ffmpeg from guessing, and a playlist from being followed. */
const DEMUXERS: Record<AudioFormat, string> = {
  mp3: 'mp3',
  adts: 'aac',
  mp4: 'mov',
  'ogg-vorbis': 'ogg',
  'ogg-opus': 'ogg',
  'ogg-flac': 'ogg',
  flac: 'flac',
  wav: 'wav',
  aiff: 'aiff',
}

/** More sound than asked for is let through, since codecs round to their frames. */
const SLACK_SECONDS = 1

/** Whether there is an ffmpeg on PATH. */
export const ffmpegPresent = (): boolean => ffmpegProgram() !== null

/** Options before `-i` hold for that input alone. */
const inputArguments = (task: FfmpegTask): string[] => [
  ...['-protocol_whitelist', 'file,pipe'],
  // Several inputs are read by a thread each; a short queue between the threads costs as much as decoding.
  ...['-thread_queue_size', '4096', '-threads', '1'],
  ...(task.startSeconds > 0 ? ['-ss', task.startSeconds.toFixed(3)] : []),
  ...['-t', task.seconds.toFixed(3), '-f', DEMUXERS[task.format], '-i', `file:${task.path}`],
]

/**
 * ffmpeg serves the output that is furthest behind. With times that follow each other it works on one file at a time.
 * `-t` goes by the times in the file, which may stand still, so the samples are counted as well.
 */
const outputArguments = (task: FfmpegTask, index: number, laterSeconds: number): string[] => {
  const layout = task.channels === 1 ? 'mono' : 'stereo'
  const filters = [
    `asetpts=PTS+${laterSeconds.toFixed(3)}/TB`,
    `aformat=s16:${task.sampleRateHz}:${layout}`,
    `atrim=end_sample=${maxSamples(task)}`,
  ]
  return [
    ...['-map', `${index}:a:0`, '-af', filters.join(',')],
    ...['-map_metadata', '-1', '-c:a', 'pcm_s16le', '-f', 's16le'],
  ]
}

/** Per channel. */
const maxSamples = ({ seconds, sampleRateHz }: FfmpegTask): number =>
  Math.ceil((seconds + SLACK_SECONDS) * sampleRateHz)

const maxBytes = (task: FfmpegTask): number =>
  maxSamples(task) * task.channels * Int16Array.BYTES_PER_ELEMENT

/**
 * Decodes several files in one ffmpeg process, so that its start-up is paid once.
 *
 * @returns PCM per task, in order; empty where nothing came out
 * @throws Failure `decode-failed` when ffmpeg refused, `decoder-crashed` when it died or grew too large,
 *   `timed-out`, `unavailable`; each says nothing about which task was the cause unless there was only one
 */
export const runFfmpeg = async (
  tasks: readonly FfmpegTask[],
  limits: FfmpegLimits,
  signal?: AbortSignal,
): Promise<Int16Array[]> => {
  const folder = await makeTemporaryFolder()
  try {
    // prism-media writes the last output to standard output; the others go to files.
    const longestSeconds = Math.max(...tasks.map(({ seconds }) => seconds))
    const files = tasks.slice(0, -1).map((_, index) => join(folder, `${index}.pcm`))
    const args = [
      ...['-hide_banner', '-nostdin', '-nostats', '-v', 'error', '-y'],
      ...['-filter_threads', '1', '-max_alloc', String(limits.maxMemoryBytes)],
      ...tasks.flatMap(inputArguments),
      ...tasks.flatMap((task, index) => [
        ...outputArguments(task, index, index * longestSeconds),
        ...(index < files.length ? [`file:${files[index]}`] : []),
      ]),
    ]
    const last = await ffmpegOutput(args, maxBytes(tasks.at(-1)!), limits, signal)
    const others = await Promise.all(files.map((file) => readTemporaryFile(file)))
    return [...others, last].map(samplesOf)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Bytes as samples: as they lie where they can be, else copied. */
const samplesOf = (bytes: Buffer): Int16Array => {
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : Uint8Array.from(bytes)
  return new Int16Array(aligned.buffer, aligned.byteOffset, aligned.byteLength >> 1)
}
