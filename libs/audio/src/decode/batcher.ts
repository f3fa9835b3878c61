import { Failure } from '@soundalike/contracts'
import { runFfmpeg, type FfmpegTask } from './ffmpeg.ts'
import type { FfmpegLimits } from './ffmpeg-process.ts'

/** Runs ffmpeg for many callers at once, several files to a process. */
export interface FfmpegBatcher {
  run(task: FfmpegTask, limits: FfmpegLimits, signal?: AbortSignal): Promise<Int16Array>
}

interface ClosableBatcher extends FfmpegBatcher {
  /** Ends every process, and fails whoever waits, or comes later, with `unavailable`. */
  close(): Promise<void>
}

interface Waiting {
  readonly task: FfmpegTask
  readonly limits: FfmpegLimits
  readonly resolve: (pcm: Int16Array) => void
  readonly reject: (failure: Failure) => void
  /** Aborted callers have had their answer; their task is dropped or its result thrown away. */
  readonly signal: AbortSignal | undefined
  /** How long the processes ran that failed with this task among theirs. */
  spentMs: number
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
 * Of what is left of the time for one preview: what a batch gets, and a file that is tried again alone. All of its
 * processes keep within its time together, and one that hangs is given up before those that wait for it lose theirs.
 */
const SHARES = { batch: 1 / 2, again: 1 / 4 }

/**
 * Of the time for one preview. A batch that fails within it is divided into halves; behind it, for instance after a
 * hang, into single files, which then get a tenth of that time at least.
 */
const QUICK = 1 / 8

/**
 * Collects what is asked for while the processes are busy and hands it to the next free one as a batch.
 * A batch that fails is divided and tried again until the file at fault is alone, so that a file that kills the decoder
 * costs the others further runs and nothing else. Retries leave one process to those who have not had their turn yet.
 */
export const createBatcher = ({
  processes,
  maxBatch = 16,
  lingerMs = 20,
}: BatcherOptions): ClosableBatcher => {
  const fresh: Waiting[] = []
  const again: (readonly Waiting[])[] = []
  const running = { fresh: new Set<Promise<void>>(), again: new Set<Promise<void>>() }
  const closing = new AbortController()
  let lastWas: 'fresh' | 'again' = 'fresh'
  let lingering: NodeJS.Timeout | undefined

  const isRetrysTurn = (): boolean =>
    fresh.length === 0 || (lastWas === 'fresh' && running.again.size < Math.max(1, processes - 1))

  const pump = (): void => {
    lingering = undefined
    for (;;) {
      const free = processes - running.fresh.size - running.again.size
      if (free === 0 || fresh.length + again.length === 0) return
      lastWas = again.length > 0 && isRetrysTurn() ? 'again' : 'fresh'
      const size = Math.min(maxBatch, Math.ceil(fresh.length / free))
      start(lastWas, lastWas === 'again' ? again.shift()! : fresh.splice(0, size))
    }
  }

  const start = (kind: 'fresh' | 'again', batch: readonly Waiting[]): void => {
    const run = runBatch(batch, closing.signal).then((failed) => {
      again.push(...partsOf(failed))
      running[kind].delete(run)
      pump()
    })
    running[kind].add(run)
  }

  return {
    run: (task, limits, signal) =>
      withAbort(signal, (resolve, reject) => {
        if (closing.signal.aborted) return reject(closed())
        fresh.push({ task, limits, resolve, reject, signal, spentMs: 0 })
        lingering ??= setTimeout(pump, lingerMs)
      }),
    close: async () => {
      closing.abort()
      clearTimeout(lingering)
      for (const { reject } of [...fresh.splice(0), ...again.splice(0).flat()]) reject(closed())
      await Promise.all([...running.fresh, ...running.again])
    },
  }
}

const closed = (): Failure => new Failure('unavailable', 'the decoder was closed')

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
const runBatch = async (
  batch: readonly Waiting[],
  closing: AbortSignal,
): Promise<readonly Waiting[]> => {
  const wanted = batch.filter(({ signal }) => signal?.aborted !== true)
  if (wanted.length === 0) return []
  const limits = {
    timeoutMs: Math.max(...wanted.map((each) => timeoutMs(each, wanted.length))),
    maxMemoryBytes: Math.max(...wanted.map((each) => each.limits.maxMemoryBytes)),
  }
  const watch = allAborted(wanted, closing)
  const startedMs = performance.now()
  try {
    const tasks = wanted.map(({ task }) => task)
    const results = await runFfmpeg(tasks, limits, watch.signal)
    wanted.forEach(({ resolve }, index) => resolve(results[index]!))
    return []
  } catch (error) {
    const failure = closing.aborted ? closed() : Failure.from(error)
    for (const each of wanted) each.spentMs += performance.now() - startedMs
    if (wanted.length > 1 && !closing.aborted) return wanted
    for (const { reject } of wanted) reject(failure)
    return []
  } finally {
    watch.stop()
  }
}

/** How long a process may run for the sake of one of its files. */
const timeoutMs = ({ limits, spentMs }: Waiting, files: number): number => {
  if (files === 1 && spentMs === 0) return limits.timeoutMs
  return SHARES[files > 1 ? 'batch' : 'again'] * Math.max(0, limits.timeoutMs - spentMs)
}

/** What a batch that failed is divided into. */
const partsOf = (failed: readonly Waiting[]): (readonly Waiting[])[] => {
  const quick = failed.every(({ limits, spentMs }) => spentMs < QUICK * limits.timeoutMs)
  const size = quick ? Math.ceil(failed.length / 2) : 1
  const count = Math.ceil(failed.length / size)
  return Array.from({ length: count }, (_, part) => failed.slice(part * size, (part + 1) * size))
}

/** Aborts once no caller of a batch waits any more, or all is closed. */
const allAborted = (
  batch: readonly Waiting[],
  closing: AbortSignal,
): { signal: AbortSignal; stop: () => void } => {
  const controller = new AbortController()
  let left = batch.length
  const abort = (): void => controller.abort()
  const count = (): void => {
    left--
    if (left === 0) abort()
  }
  for (const { signal } of batch) signal?.addEventListener('abort', count, { once: true })
  closing.addEventListener('abort', abort, { once: true })
  return {
    signal: controller.signal,
    stop: () => {
      for (const { signal } of batch) signal?.removeEventListener('abort', count)
      closing.removeEventListener('abort', abort)
    },
  }
}
