import { Failure, type StageName } from '@soundalike/contracts'
import { createBackPressure } from './back-pressure.ts'
import type { QueueJob } from './backend.ts'
import { backoffDelayMs } from './backoff.ts'
import { createFetchLoop } from './fetch-loop.ts'
import { jobMetrics } from './job-metrics.ts'
import { queuesOf } from './names.ts'
import { createProcessor, giveBack, identityOf, type ProcessorOptions } from './processor.ts'
import { stages } from './stages.ts'
import { within } from './within.ts'

/** Fetches and runs the jobs of one stage. */
export interface StageRunner {
  start(): Promise<void>
  /**
   * Fetches no more, waits for the jobs in hand, then cuts off those that are left: they return to their queue
   * with no attempt spent. Takes seven seconds beyond the bound at most.
   */
  stop(options: { timeoutMs: number }): Promise<void>
  /** How long ago the fetch loop last came round; 0 while jobs are in hand, which have bounds of their own. */
  heartbeatAgeMs(): number
  /** How long ago it last had a job in hand, or started; 0 while it has one. */
  idleMs(): number
}

export interface StageRunnerOptions<Stage extends StageName> extends ProcessorOptions<Stage> {
  /**
   * Jobs handled at once, for each queue of the stage.
   *
   * @defaultValue what the stage catalogue says
   */
  readonly concurrency?: number
  /** Jobs of the next stage that may wait before this one holds back, in place of what the stage catalogue says. */
  readonly maxBacklog?: number
  /**
   * How long a job stays with a worker that shows no sign of life. Signs of life come at half of it, as long as
   * the event loop is free.
   *
   * @defaultValue 30,000
   */
  readonly lockMs?: number
  /**
   * How often to look for jobs whose worker vanished.
   *
   * @defaultValue 10,000
   */
  readonly stalledCheckMs?: number
  /** Longest wait before the second attempt, in place of what the stage catalogue says. */
  readonly backoffMs?: number
}

/** How often a job is given to another worker after the one that had it vanished; beyond that, the job is to blame. */
const MAX_TIMES_LOST = 5

/** Runs a handler over the jobs of a stage, with one worker for each of its queues. */
export const createStageRunner = <Stage extends StageName>(
  options: StageRunnerOptions<Stage>,
): StageRunner => {
  const { stage, pipeline } = options
  const definition = stages[stage]
  const log = options.log.child({ stage })
  const stop = new AbortController()
  const process = createProcessor(options, stop.signal)
  const backoffMs = options.backoffMs ?? definition.backoffMs

  const loops = queuesOf[stage].map((queue) =>
    createFetchLoop({
      backend: pipeline.backend,
      queue,
      process,
      giveBack,
      onFailed: (job) => void recordLost(options, job),
      onStalled: (jobId) => {
        log.warn({ jobId, queue }, 'job taken from a worker that vanished')
      },
      onError: (error) => {
        log.warn({ err: error, queue }, 'worker')
      },
      worker: {
        concurrency: options.concurrency ?? definition.concurrency,
        lockDuration: options.lockMs ?? 30_000,
        stalledInterval: options.stalledCheckMs ?? 10_000,
        maxStalledCount: MAX_TIMES_LOST,
        settings: { backoffStrategy: (attempt) => backoffDelayMs(attempt, backoffMs) },
      },
    }),
  )

  const { feeds } = definition
  const backPressure =
    feeds &&
    createBackPressure({
      ...{ pipeline, stage, loops, log, metrics: options.metrics },
      feeds: feeds.stage,
      maxWaiting: options.maxBacklog ?? feeds.maxWaiting,
    })

  const halt = async (timeoutMs: number): Promise<void> => {
    backPressure?.stop()
    await within(timeoutMs, Promise.all(loops.map((loop) => loop.drain())))
    stop.abort(new Failure('unavailable', 'the worker is stopping'))
    await Promise.all(loops.map((loop) => loop.close()))
  }
  let halting: Promise<void> | null = null

  return {
    start: async () => {
      await Promise.all(loops.map((loop) => loop.start()))
      backPressure?.start()
    },
    stop: ({ timeoutMs }) => (halting ??= halt(timeoutMs)),
    heartbeatAgeMs: () => Math.max(...loops.map((loop) => loop.heartbeatAgeMs())),
    idleMs: () => Math.min(...loops.map((loop) => loop.idleMs())),
  }
}

/** A job given up since it was lost too often never reaches the processor, so its failure is recorded here. */
const recordLost = async <Stage extends StageName>(
  { stage, catalog, log, metrics }: StageRunnerOptions<Stage>,
  job: QueueJob,
): Promise<void> => {
  // Absent on every other job, whatever its type says.
  if (!job.deferredFailure) return
  jobMetrics(metrics).observe(stage, 'lost', 0)
  log.error({ stage, jobId: job.id }, 'job given up: every worker that had it vanished')
  const identity = identityOf(stage, job)
  if (identity === null) return
  const failure = new Failure(
    'worker-lost',
    `${String(MAX_TIMES_LOST + 1)} workers vanished while they had it`,
  )
  await catalog.recordFailed({ ...identity, seconds: 0, failure }).catch((error: unknown) => {
    log.error({ err: error, jobId: job.id }, 'the failure could not be recorded')
  })
}
