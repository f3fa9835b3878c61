import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Failure } from '@soundalike/contracts'
import prism, { type FFmpeg } from 'prism-media'
import type { AudioFormat } from './sniff.ts'

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

export interface FfmpegLimits {
  readonly timeoutMs: number
  readonly maxMemoryBytes: number
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

const MEMORY_CHECK_MS = 200
const PAGE_BYTES = 4096
const MAX_STDERR_CHARS = 4096

let present: boolean | undefined

/** Whether prism-media finds an ffmpeg (package `ffmpeg-static`, else PATH). Looked up once. */
export const ffmpegPresent = (): boolean => {
  present ??= lookUp()
  return present
}

const lookUp = (): boolean => {
  try {
    prism.FFmpeg.getInfo()
    return true
  } catch {
    return false
  }
}

const inputArguments = (task: FfmpegTask): string[] => [
  // Several inputs are read by a thread each; a short queue between the threads costs as much as decoding.
  ...['-thread_queue_size', '4096', '-threads', '1'],
  ...(task.startSeconds > 0 ? ['-ss', task.startSeconds.toFixed(3)] : []),
  ...['-t', task.seconds.toFixed(3), '-f', DEMUXERS[task.format], '-i', `file:${task.path}`],
]

/** ffmpeg serves the output that is furthest behind. With times that follow each other it works on one file at a time. */
const outputArguments = (task: FfmpegTask, index: number, laterSeconds: number): string[] => [
  ...['-map', `${index}:a:0`, '-af', `asetpts=PTS+${laterSeconds.toFixed(3)}/TB`],
  ...['-ac', String(task.channels), '-ar', String(task.sampleRateHz)],
  ...['-map_metadata', '-1', '-c:a', 'pcm_s16le', '-f', 's16le'],
]

/**
 * Decodes several files in one ffmpeg process, so that its start-up is paid once.
 *
 * @returns PCM per task, in order; empty where nothing came out
 * @throws Failure `decode-failed` when ffmpeg refused, `decoder-crashed` when it died or grew too large,
 *   `timed-out`; each says nothing about which task was the cause unless there was only one
 */
export const runFfmpeg = async (
  tasks: readonly FfmpegTask[],
  limits: FfmpegLimits,
  signal?: AbortSignal,
): Promise<Int16Array[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'soundalike-decode-'))
  try {
    // prism-media writes the last output to standard output; the others go to files.
    const longestSeconds = Math.max(...tasks.map(({ seconds }) => seconds))
    const files = tasks.slice(0, -1).map((_, index) => join(folder, `${index}.pcm`))
    const args = [
      ...['-hide_banner', '-nostdin', '-nostats', '-v', 'error', '-y'],
      ...['-protocol_whitelist', 'file,pipe', '-filter_threads', '1'],
      ...['-max_alloc', String(limits.maxMemoryBytes)],
      ...tasks.flatMap(inputArguments),
      ...tasks.flatMap((task, index) => [
        ...outputArguments(task, index, index * longestSeconds),
        ...(index < files.length ? [`file:${files[index]}`] : []),
      ]),
    ]
    const last = await collect(new prism.FFmpeg({ args }), limits, signal)
    const others = await Promise.all(files.map((file) => readFile(file)))
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

/** Standard output of a process, once it has ended; kills it at the first bound it crosses. */
export const collect = (
  ffmpeg: FFmpeg,
  limits: FfmpegLimits,
  signal?: AbortSignal,
): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const child = ffmpeg.process
    const chunks: Buffer[] = []
    let complaint = ''
    let bound: Failure | undefined
    const stop = (failure: Failure): void => {
      bound ??= failure
      child.kill('SIGKILL')
    }
    const abort = (): void => stop(new Failure('timed-out', 'decoding was aborted'))
    const timer = setTimeout(
      () => stop(new Failure('timed-out', `decoding took longer than ${limits.timeoutMs} ms`)),
      limits.timeoutMs,
    )
    const memory = setInterval(() => {
      if (residentBytes(child.pid) > limits.maxMemoryBytes) {
        stop(new Failure('decoder-crashed', `more than ${limits.maxMemoryBytes} bytes of memory`))
      }
    }, MEMORY_CHECK_MS)
    signal?.addEventListener('abort', abort, { once: true })
    if (signal?.aborted === true) abort()

    child.stdin?.on('error', () => {})
    child.stdin?.end()
    child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.stderr?.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString('latin1')).slice(-MAX_STDERR_CHARS)
    })
    const settle = (outcome: () => void): void => {
      clearTimeout(timer)
      clearInterval(memory)
      signal?.removeEventListener('abort', abort)
      outcome()
    }
    child.once('error', (error) =>
      settle(() => reject(new Failure('unavailable', `cannot start ffmpeg: ${error.message}`))),
    )
    child.once('close', (code, killedBy) =>
      settle(() => {
        if (bound !== undefined) reject(bound)
        else if (code === 0) resolve(Buffer.concat(chunks))
        else if (killedBy !== null) {
          reject(new Failure('decoder-crashed', `ffmpeg died of ${killedBy}`))
        } else reject(new Failure('decode-failed', reasonIn(complaint, code)))
      }),
    )
  })

/** Resident memory of a process; 0 where the system does not say. */
const residentBytes = (pid: number | undefined): number => {
  try {
    const pages = readFileSync(`/proc/${pid}/statm`, 'ascii').split(' ')[1]
    return Number(pages) * PAGE_BYTES
  } catch {
    return 0
  }
}

/** Last thing ffmpeg said, without the file's name and without addresses of its objects. */
const reasonIn = (complaint: string, code: number | null): string => {
  const line = complaint.trim().split('\n').at(-1) ?? ''
  const short = line.replace(/^.*: /, '').replace(/[^ -~]/g, '.')
  return short === '' ? `ffmpeg ended with code ${code}` : short
}
