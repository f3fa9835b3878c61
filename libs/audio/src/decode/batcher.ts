import { Failure } from '@soundalike/contracts'
import { runFfmpeg, type FfmpegTask } from './ffmpeg.ts'
import type { FfmpegLimits } from './ffmpeg-process.ts'

/** Runs ffmpeg for many callers at once, several files to a process. */
export interface FfmpegBatcher {
  run(task: FfmpegTask, limits: FfmpegLimits, signal?: AbortSignal): Promise<Int16Array>
}

interface Waiting {
  readonly task: FfmpegTask
  readonly limits: FfmpegLimits
  readonly resolve: (pcm: Int16Array) => void
  readonly reject: (failure: Failure) => void
  /** Aborted callers have had their answer; their task is dropped or its result thrown away. */
  readonly signal: AbortSignal | undefined
}

export interface BatcherOptions {
  /** ffmpeg processes at a time. */
  readonly processes: number
  /** Files per process. @default 16 */
  readonly maxBatch?: number
  /** How long the first of a batch waits for others. @default 20 */
  readonly lingerMs?: number
}

/**
 * Of the wall time for one preview. A batch and the retry after it keep within it together, and a process that
 * hangs is given up early.
 */
const SHARES = { fresh: 1, batch: 1 / 2, again: 1 / 4 }

/**
 * Collects what is asked for while the processes are busy and hands it to the next free one as a batch.
 * When a batch fails, each of its files is tried again alone, so that a file that kills the decoder costs the
 * others a second run and nothing else. Retries leave one process to those who have not had their turn yet.
 */
export const createBatcher = ({
  processes,
  maxBatch = 16,
  lingerMs = 20,
}: BatcherOptions): FfmpegBatcher => {
  const fresh: Waiting[] = []
  const again: Waiting[] = []
  const running = { fresh: 0, again: 0 }
  let lastWas: 'fresh' | 'again' = 'fresh'
  let lingering: NodeJS.Timeout | undefined

  const isRetrysTurn = (): boolean =>
    fresh.length === 0 || (lastWas === 'fresh' && running.again < Math.max(1, processes - 1))

  const pump = (): void => {
    lingering = undefined
    for (;;) {
      const free = processes - running.fresh - running.again
      if (free === 0 || fresh.length + again.length === 0) return
      lastWas = again.length > 0 && isRetrysTurn() ? 'again' : 'fresh'
      const size = Math.min(maxBatch, Math.ceil(fresh.length / free))
      void start(lastWas, lastWas === 'again' ? again.splice(0, 1) : fresh.splice(0, size))
    }
  }

  const start = async (kind: 'fresh' | 'again', batch: readonly Waiting[]): Promise<void> => {
    running[kind]++
    again.push(...(await runBatch(batch, SHARES[batch.length > 1 ? 'batch' : kind])))
    running[kind]--
    pump()
  }

  return {
    run: (task, limits, signal) =>
      withAbort(signal, (resolve, reject) => {
        fresh.push({ task, limits, resolve, reject, signal })
        lingering ??= setTimeout(pump, lingerMs)
      }),
  }
}

/** A promise that an abort rejects at once, whatever becomes of the work behind it. */
const withAbort = <T>(
  signal: AbortSignal | undefined,
  start: (resolve: (value: T) => void, reject: (failure: Failure) => void) => void,
): Promise<T> =>
  new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(new Failure('timed-out', 'decoding was aborted'))
    if (signal?.aborted === true) return abort()
    signal?.addEventListener('abort', abort, { once: true })
    const settle = (): void => signal?.removeEventListener('abort', abort)
    start(
      (value) => {
        settle()
        resolve(value)
      },
      (failure) => {
        settle()
        reject(failure)
      },
    )
  })

/** Runs a batch and answers its callers, all but those that are to be tried again. */
const runBatch = async (batch: readonly Waiting[], share: number): Promise<readonly Waiting[]> => {
  const wanted = batch.filter(({ signal }) => signal?.aborted !== true)
  if (wanted.length === 0) return []
  const limits = {
    timeoutMs: share * Math.max(...wanted.map((each) => each.limits.timeoutMs)),
    maxMemoryBytes: Math.max(...wanted.map((each) => each.limits.maxMemoryBytes)),
  }
  const watch = allAborted(wanted)
  try {
    const tasks = wanted.map(({ task }) => task)
    const results = await runFfmpeg(tasks, limits, watch.signal)
    wanted.forEach(({ resolve }, index) => resolve(results[index]!))
    return []
  } catch (error) {
    if (wanted.length > 1) return wanted
    wanted[0]!.reject(Failure.from(error))
    return []
  } finally {
    watch.stop()
  }
}

/** Aborts once no caller of a batch waits any more. */
const allAborted = (batch: readonly Waiting[]): { signal: AbortSignal; stop: () => void } => {
  const controller = new AbortController()
  let left = batch.length
  const count = (): void => {
    left--
    if (left === 0) controller.abort()
  }
  for (const { signal } of batch) signal?.addEventListener('abort', count, { once: true })
  return {
    signal: controller.signal,
    stop: () => batch.forEach(({ signal }) => signal?.removeEventListener('abort', count)),
  }
}
