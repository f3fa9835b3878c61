import { within } from './within.ts'
import type { JobWorkerOptions, Processor, QueueBackend, QueueJob } from './backend.ts'

/** Fetches the jobs of one queue. */
export interface FetchLoop {
  start(): Promise<void>
  /** Fetches no more for now; jobs in hand go on. */
  hold(): Promise<void>
  /** Fetches again; a loop that does so is left as it is. */
  release(): Promise<void>
  /** Fetches no more and waits for the jobs in hand. */
  drain(): Promise<void>
  /** Takes seven seconds at most. */
  close(): Promise<void>
  /** How long ago it last came round; 0 while jobs are in hand. */
  heartbeatAgeMs(): number
  /** How long ago it last had a job in hand, or started; 0 while it has one. */
  idleMs(): number
}

interface FetchLoopOptions {
  readonly backend: QueueBackend
  readonly queue: string
  readonly process: Processor
  /** For a job that arrives after draining began, from a fetch that was under way. */
  readonly giveBack: Processor
  /** Told of every attempt that failed, also of those no worker lived to report. */
  readonly onFailed: (job: QueueJob) => void
  readonly onStalled: (jobId: string) => void
  readonly onError: (error: unknown) => void
  readonly worker: JobWorkerOptions
}

const ANSWER_TIMEOUT_MS = 2_000
const CLOSE_TIMEOUT_MS = 5_000

export const createFetchLoop = (options: FetchLoopOptions): FetchLoop => {
  const { backend, queue, process, giveBack, onFailed, onStalled, onError } = options
  const inHand = new Set<Promise<void>>()
  let draining = false
  let lastBeatMs = performance.now()
  let lastInHandMs = performance.now()
  const beat = (): void => {
    lastBeatMs = performance.now()
  }

  const processInHand: Processor = (job, token) => {
    if (draining) return giveBack(job, token)
    const running = process(job, token).finally(() => {
      inHand.delete(running)
      lastInHandMs = performance.now()
      beat()
    })
    inHand.add(running)
    return running
  }

  const worker = backend.openWorker(queue, processInHand, options.worker, beat)
  worker.on('error', onError)
  worker.on('stalled', onStalled)
  worker.on('failed', (job) => {
    if (job !== undefined) onFailed(job)
  })

  return {
    start: async () => {
      await worker.waitUntilReady()
      beat()
      lastInHandMs = performance.now()
      worker.run().catch(onError)
    },
    hold: async () => {
      beat()
      if (!draining) await worker.pause(true)
    },
    release: async () => {
      if (!draining) await worker.resume()
    },
    drain: async () => {
      draining = true
      await worker.pause(true)
      await Promise.allSettled(inHand)
    },
    close: async () => {
      // Closing in order would wait for a backend that is away.
      const answers = await within(ANSWER_TIMEOUT_MS, backend.ping()).catch(() => false)
      await within(CLOSE_TIMEOUT_MS, worker.close(!answers).catch(onError))
    },
    heartbeatAgeMs: () => (inHand.size > 0 ? 0 : performance.now() - lastBeatMs),
    idleMs: () => (inHand.size > 0 ? 0 : performance.now() - lastInHandMs),
  }
}
