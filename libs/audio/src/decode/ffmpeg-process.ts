import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { Failure } from '@soundalike/contracts'
import { startFfmpeg } from './ffmpeg-program.ts'

/** Bounds on one ffmpeg process. */
export interface FfmpegLimits {
  readonly timeoutMs: number
  readonly maxMemoryBytes: number
}

const MEMORY_CHECK_MS = 200
const PAGE_BYTES = 4096
const MAX_STDERR_CHARS = 4096

/**
 * Runs ffmpeg to its end, and kills it at the first bound it crosses.
 *
 * @param maxBytes - most that standard output may hold
 * @returns what it wrote to standard output
 * @throws Failure `decode-failed` when it refused its input or wrote more than it may, `decoder-crashed` when it died
 *   or grew too large, `timed-out`, `unavailable`
 */
export const ffmpegOutput = (
  args: string[],
  maxBytes: number,
  limits: FfmpegLimits,
  signal?: AbortSignal,
): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const child = startFfmpeg([...lifetime(limits), ...args])
    const chunks: Buffer[] = []
    let writtenBytes = 0
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
    child.stdout?.on('data', (chunk: Buffer) => {
      writtenBytes += chunk.length
      if (writtenBytes <= maxBytes) chunks.push(chunk)
      else stop(new Failure('decode-failed', `more than ${maxBytes} bytes came out`))
    })
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

/**
 * All the CPU it can use before it is killed here. Should this process be killed first, a decoder in a loop ends by
 * itself.
 */
const lifetime = ({ timeoutMs }: FfmpegLimits): string[] => [
  '-timelimit',
  String(Math.ceil((timeoutMs / 1000) * availableParallelism())),
]

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
