import { Failure, type StageName } from '@soundalike/contracts'
import { gather, type Database } from '@soundalike/database'
import type { Log, Metrics } from '@soundalike/runtime'
import type { JobQueue, QueueBackend } from './backend.ts'
import { jobProgress, jobsUnderWay, type JobProgress } from './job-progress.ts'
import { queuesOf } from './names.ts'
import { encodePayload, type Encoded } from './payload.ts'
import { openPostgresBackend } from './postgres-backend.ts'
import { priorities } from './priorities.ts'
import { registerQueueMetrics } from './queue-metrics.ts'
import { openRedisBackend } from './redis-backend.ts'
import { stages, type StagePayloadInit } from './stages.ts'
import { within } from './within.ts'

/** Jobs of one stage that wait or are in hand. */
export interface StageCounts {
  readonly waiting: number
  readonly active: number
  /** Waiting for their next attempt. */
  readonly delayed: number
  /** The last failed ones, kept for people to look at; the catalog knows all of them. */
  readonly failed: number
}

interface EnqueueOptions {
  /** Ahead of everything that is not, e.g. what a person is waiting for. */
  readonly urgent?: boolean
}

/** The queues between the stages. */
export interface Pipeline {
  /**
   * Adds jobs, first in, first out. A job that is in its queue already is left as it is; one that failed
   * before starts afresh.
   *
   * @throws Failure `bad-job` when a payload names nothing that can have a job
   */
  enqueue<Stage extends StageName>(
    stage: Stage,
    payloads: readonly StagePayloadInit<Stage>[],
    options?: EnqueueOptions,
  ): Promise<void>
  counts(stage: StageName): Promise<StageCounts>
  /** How far one job is; null where there is none (any more), as after its success. */
  job<Stage extends StageName>(
    stage: Stage,
    payload: StagePayloadInit<Stage>,
  ): Promise<JobProgress | null>
  /** How far the jobs of a stage are that are in hand now. */
  underWay(stage: StageName): Promise<JobProgress[]>
  /** Keeps workers from taking jobs from a queue for a while; those in hand go on. */
  rest(queue: string, timeMs: number): Promise<void>
  /** @throws Failure `unavailable` when whatever keeps the queues does not answer within a second */
  ping(): Promise<void>
  /** For what runs or shows jobs. */
  readonly backend: QueueBackend
  /** Close stage runners first. */
  close(): Promise<void>
}

interface PipelineOptions {
  /** `redis://…`, `redis+sentinel://…` or `redis+cluster://…`; `database:` for queues in the database. */
  readonly queueUrl: string
  readonly database: Database
  readonly log: Log
  readonly metrics: Metrics
}

/** Opens the queues, wherever they are kept. */
export const openPipeline = async (options: PipelineOptions): Promise<Pipeline> => {
  const { queueUrl, database, log, metrics } = options
  const backend = queueUrl.startsWith('redis')
    ? await openRedisBackend(queueUrl, log)
    : await openPostgresBackend(database)

  const queues = new Map<string, JobQueue>()
  for (const name of Object.values(queuesOf).flat()) {
    const queue = backend.openQueue(name)
    queue.on('error', (error) => log.warn({ err: error, queue: name }, 'queue'))
    queues.set(name, queue)
  }
  const queueNamed = (name: string): JobQueue => {
    const queue = queues.get(name)
    if (queue === undefined) throw new RangeError(`no queue ${name}`)
    return queue
  }

  const add = gather(async (calls: readonly (readonly NewJob[])[]) => {
    for (const [name, jobs] of Map.groupBy(calls.flat(), ({ queue }) => queue))
      await addJobs(queueNamed(name), jobs)
    return calls.map(() => undefined)
  })

  const pipeline: Pipeline = {
    backend,
    enqueue: async (stage, payloads, { urgent = false } = {}) => {
      const priority = urgent ? priorities.urgent : priorities.normal
      await add(payloads.map((init) => ({ ...encodePayload(stage, init), stage, priority })))
    },
    counts: async (stage) => {
      const total = { waiting: 0, active: 0, delayed: 0, failed: 0 }
      for (const name of queuesOf[stage]) {
        const counts = await countsOf(queueNamed(name))
        total.waiting += counts.waiting
        total.active += counts.active
        total.delayed += counts.delayed
        total.failed += counts.failed
      }
      return total
    },
    job: (stage, payload) => {
      const { queue, jobId } = encodePayload(stage, payload)
      return jobProgress(queueNamed(queue), jobId)
    },
    underWay: async (stage) =>
      (await Promise.all(queuesOf[stage].map((name) => jobsUnderWay(queueNamed(name))))).flat(),
    rest: (queue, timeMs) => rest(queueNamed(queue), timeMs),
    ping: async () => {
      const reason = 'the queues do not answer'
      const answered = await within(PING_TIMEOUT_MS, backend.ping()).catch((cause: unknown) => {
        // A client of Redis speaks of its own settings here.
        throw new Failure('unavailable', reason, { cause })
      })
      if (!answered) throw new Failure('unavailable', reason)
    },
    close: async () => {
      await Promise.allSettled([...queues.values()].map((queue) => queue.close()))
      await backend.close()
    },
  }
  registerQueueMetrics(metrics, backend, (name) => countsOf(queueNamed(name)), log)
  return pipeline
}

/** Health checks wait for the answer, and whoever asks for those is not patient. */
const PING_TIMEOUT_MS = 1_000

/** Failed jobs each queue keeps for people to look at. */
const KEPT_FAILED = { count: 200, age: 7 * 24 * 3600 }

interface NewJob extends Encoded {
  readonly stage: StageName
  readonly priority: number
}

const addJobs = async (queue: JobQueue, jobs: readonly NewJob[]): Promise<void> => {
  await removeFailed(queue, new Set(jobs.map(({ jobId }) => jobId)))
  const bullJobs = jobs.map(({ stage, jobId, data, priority }) => ({
    name: stage,
    data,
    opts: {
      jobId,
      attempts: stages[stage].attempts,
      backoff: { type: 'stage' },
      priority,
      removeOnComplete: true,
      removeOnFail: KEPT_FAILED,
      stackTraceLimit: 5,
      sizeLimit: 16 * 1024,
    },
  }))
  if (bullJobs.length > FEW_JOBS) await queue.addBulk(bullJobs)
  else for (const { name, data, opts } of bullJobs) await queue.add(name, data, opts)
}

/** On PostgreSQL, adding in bulk makes temporary tables each time, which costs as much as adding this many one by one. */
const FEW_JOBS = 16

/** A failed job that is kept would keep a new one of the same id out. */
const removeFailed = async (queue: JobQueue, ids: ReadonlySet<string>): Promise<void> => {
  const kept = await queue.getRanges(['failed'], 0, -1)
  for (const id of kept) if (ids.has(id)) await queue.remove(id)
}

/**
 * BullMQ looks whether a queue rests where there is a limit to its rate alone, and that costs something for every job.
 * So a queue gets a limit, one that nothing reaches, when it first rests.
 */
const rest = async (queue: JobQueue, timeMs: number): Promise<void> => {
  await queue.setGlobalRateLimit(1_000_000, 1_000)
  await queue.rateLimit(timeMs)
}

const countsOf = async (queue: JobQueue): Promise<StageCounts> => {
  const counts = await queue.getJobCounts('waiting', 'prioritized', 'active', 'delayed', 'failed')
  return {
    waiting: (counts['waiting'] ?? 0) + (counts['prioritized'] ?? 0),
    active: counts['active'] ?? 0,
    delayed: counts['delayed'] ?? 0,
    failed: counts['failed'] ?? 0,
  }
}
