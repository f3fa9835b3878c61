import { Failure } from '@soundalike/contracts'
import { runFfmpeg, type FfmpegLimits, type FfmpegTask } from './ffmpeg.ts'

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
 * Collects what is asked for while the processes are busy and hands it to the next free one as a batch.
 * When a batch fails, each of its files is tried again alone, so that a file that kills the decoder costs the
 * others a second run and nothing else.
 */
export const createBatcher = ({
  processes,
  maxBatch = 16,
  lingerMs = 20,
}: BatcherOptions): FfmpegBatcher => {
  const queue: Waiting[] = []
  let running = 0
  let lingering: NodeJS.Timeout | undefined

  const pump = (): void => {
    lingering = undefined
    while (running < processes && queue.length > 0) {
      const fairShare = Math.ceil(queue.length / (processes - running))
      running++
      void runBatch(queue.splice(0, Math.min(maxBatch, fairShare))).finally(() => {
        running--
        pump()
      })
    }
  }

  return {
    run: (task, limits, signal) =>
      withAbort(signal, (resolve, reject) => {
        queue.push({ task, limits, resolve, reject, signal })
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

const runBatch = async (batch: readonly Waiting[]): Promise<void> => {
  const wanted = batch.filter(({ signal }) => signal?.aborted !== true)
  if (wanted.length === 0) return
  const limits = {
    timeoutMs: Math.max(...wanted.map((each) => each.limits.timeoutMs)),
    maxMemoryBytes: Math.max(...wanted.map((each) => each.limits.maxMemoryBytes)),
  }
  const watch = allAborted(wanted)
  try {
    const tasks = wanted.map(({ task }) => task)
    const results = await runFfmpeg(tasks, limits, watch.signal)
    wanted.forEach(({ resolve }, index) => resolve(results[index]!))
  } catch (error) {
    if (wanted.length === 1) return wanted[0]!.reject(Failure.from(error))
    for (const each of wanted) await runBatch([each])
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
