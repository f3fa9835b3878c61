import { create } from '@bufbuild/protobuf'
import type { Catalog } from '@soundalike/catalog'
import { Failure, failureKinds, type StageName } from '@soundalike/contracts'
import type { Log, Metrics } from '@soundalike/runtime'
import { DelayedError, UnrecoverableError, WaitingError } from 'bullmq'
import { attempt } from './attempt.ts'
import type { Processor, QueueJob } from './backend.ts'
import { CAP_MS } from './backoff.ts'
import type { FollowUp, Handler, Remake } from './handler.ts'
import { jobMetrics, type Outcome } from './job-metrics.ts'
import { createOnceEach } from './once-each.ts'
import { decodePayload } from './payload.ts'
import type { Pipeline } from './pipeline.ts'
import { priorities } from './priorities.ts'
import { stages, type CatalogIdentity, type StageDefinition } from './stages.ts'

export interface ProcessorOptions<Stage extends StageName> {
  readonly stage: Stage
  readonly handler: Handler<Stage>
  readonly pipeline: Pipeline
  readonly catalog: Pick<Catalog, 'stageState' | 'recordDone' | 'recordFailed' | 'forgetDone'>
  /** Without it, a missing input waits for the reconciler. */
  readonly remake?: Remake<Stage>
  readonly log: Log
  readonly metrics: Metrics
  /** Bound on one attempt, in place of what the stage catalogue says. */
  readonly timeoutMs?: number
  /**
   * Bound on what is asked of the catalog and the queues before an attempt, and again after it.
   *
   * @defaultValue 60,000
   */
  readonly storesTimeoutMs?: number
}

/**
 * What happens to one job of a stage, around its handler.
 *
 * The catalog hears of success before the next stage's jobs are added, so that nothing runs ahead of what the
 * catalog knows. A process that dies between the two leaves a stage that is done with nothing after it; the job,
 * when it comes back, is skipped, and the reconciler adds what is missing from what the catalog says.
 *
 * @param stop - cuts off the attempts under way; their jobs return to the queue with no attempt spent
 */
export const createProcessor = <Stage extends StageName>(
  options: ProcessorOptions<Stage>,
  stop: AbortSignal,
): Processor => {
  const { stage, handler, pipeline, catalog } = options
  const definition: StageDefinition<Stage> = stages[stage]
  const { observe } = jobMetrics(options.metrics)
  /** A store that hangs must not keep a worker for ever; whoever stops leaves what is being recorded to its end. */
  const inTime = <Result>(ask: () => Promise<Result>): Promise<Result> =>
    attempt(ask, options.storesTimeoutMs ?? STORES_TIMEOUT_MS, new AbortController().signal)

  const work = async (job: QueueJob, log: Log, startedAtMs: number): Promise<Outcome> => {
    const payload = decodePayload(stage, job.data)
    const identity = definition.identity(payload)
    if (identity !== null && (await inTime(() => hasEnded(identity)))) return 'skipped'

    const followUps = await attempt(
      (signal) =>
        handler({
          payload,
          attempt: job.attemptsMade + 1,
          signal,
          log,
          progress: (fraction, detail) => updateProgress(job, fraction, detail),
        }),
      options.timeoutMs ?? definition.timeoutMs(payload),
      stop,
    )
    const seconds = secondsSince(startedAtMs)
    if (identity !== null) await inTime(() => catalog.recordDone({ ...identity, seconds }))
    const urgent = job.priority === priorities.urgent
    await inTime(() => enqueueAll(pipeline, followUps ?? [], urgent))
    return 'done'
  }

  /** Whether there is nothing to do any more, since it is done or cannot be done until somebody has it forgotten. */
  const hasEnded = async ({ trackId, stage, fingerprint }: CatalogIdentity): Promise<boolean> => {
    const known = await catalog.stageState(trackId, stage, fingerprint)
    if (known?.state === 'failed' && known.code !== null) return failureKinds[known.code].permanent
    return known?.state === 'done'
  }

  const record = async (job: QueueJob, failure: Failure, seconds: number): Promise<void> => {
    const identity = identityOf(stage, job)
    if (identity === null || failure.code === 'unknown-track') return
    await inTime(() => catalog.recordFailed({ ...identity, seconds, failure }))
  }

  const mayRemake = createOnceEach(() => {
    options.log.error(
      { stage },
      'too many lost inputs: this process has no more of them made again',
    )
  })

  /** What makes the input adds this job anew when it is done, in case that this one is tried too early. */
  const remakeInput = async (job: QueueJob): Promise<boolean> => {
    const payload = decodePayload(stage, job.data)
    if (options.remake === undefined || !mayRemake(definition.jobId(payload))) return false
    const before = await options.remake(payload)
    if (before === null) return false
    const lost = identityOfInit(before)
    if (lost !== null) await catalog.forgetDone(lost)
    await enqueueAll(pipeline, [before], job.priority === priorities.urgent)
    return true
  }

  return async (job, token) => {
    const log = options.log.child({ stage, jobId: job.id })
    const startedAtMs = performance.now()
    try {
      observe(stage, await work(job, log, startedAtMs), secondsSince(startedAtMs))
    } catch (error) {
      const seconds = secondsSince(startedAtMs)
      if (stop.aborted) {
        observe(stage, 'returned', seconds)
        return giveBack(job, token)
      }
      const failure = Failure.from(error)
      const about = { err: error, code: failure.code, attempt: job.attemptsMade + 1, seconds }
      if (failure.retryAfterMs !== undefined && mayRest(job)) {
        observe(stage, 'rested', seconds)
        log.warn(about, 'the queue rests, and the job returns to it')
        await pipeline.rest(job.queueName, Math.min(failure.retryAfterMs, CAP_MS))
        return giveBack(job, token)
      }
      if (failure.postponeMs !== undefined && mayRest(job)) {
        observe(stage, 'rested', seconds)
        log.debug(about, 'job put off')
        return putOff(job, token, Math.min(failure.postponeMs, CAP_MS))
      }
      if (failure.code === 'unknown-model') {
        observe(stage, 'skipped', seconds)
        log.info(about, 'the model is gone, and what there was to do with it')
        return
      }
      const helped = failure.code === 'missing-input' && (await inTime(() => remakeInput(job)))
      if (mayTryAgain(job, failure, helped)) {
        observe(stage, 'retried', seconds)
        log.warn(about, 'job failed and will be tried again')
        throw failure
      }
      observe(stage, 'failed', seconds)
      log.error(about, 'job failed')
      await record(job, failure, seconds).catch((cause: unknown) => {
        log.error({ err: cause }, 'the failure could not be recorded')
      })
      throw new UnrecoverableError(`${failure.code}: ${failure.message}`)
    }
  }
}

/**
 * Puts a job back into its queue as it was.
 *
 * @throws WaitingError always: it tells BullMQ that the job is neither done nor failed
 */
export const giveBack = async (job: QueueJob, token: string | undefined): Promise<never> => {
  await job.moveToWait(token)
  throw new WaitingError()
}

/**
 * Puts a job back into its queue as it was, for later.
 *
 * @throws DelayedError always: it tells BullMQ that the job is neither done nor failed
 */
const putOff = async (job: QueueJob, token: string | undefined, timeMs: number): Promise<never> => {
  await job.moveToDelayed(Date.now() + timeMs, token)
  throw new DelayedError()
}

/** Row of the catalog a job is about; null where there is none, also since the job cannot be read. */
export const identityOf = <Stage extends StageName>(
  stage: Stage,
  job: QueueJob,
): CatalogIdentity | null => {
  const definition: StageDefinition<Stage> = stages[stage]
  try {
    return definition.identity(decodePayload(stage, job.data))
  } catch {
    return null
  }
}

const identityOfInit = ({ stage, payload }: FollowUp): CatalogIdentity | null => {
  const definition: StageDefinition<typeof stage> = stages[stage]
  return definition.identity(create(definition.schema, payload))
}

const STORES_TIMEOUT_MS = 60_000

/** How often a job may return to its queue with no attempt spent: whoever asks for more time might ask for ever. */
const MAX_RESTS = 20

const mayRest = (job: QueueJob): boolean => job.attemptsStarted - job.attemptsMade <= MAX_RESTS

/** Trying again alone does not bring back a missing input. */
const mayTryAgain = (job: QueueJob, failure: Failure, helped: boolean): boolean =>
  !failure.permanent &&
  (failure.code !== 'missing-input' || helped) &&
  job.attemptsMade + 1 < (job.opts.attempts ?? 1)

const updateProgress = (job: QueueJob, fraction: number, detail?: object): Promise<void> =>
  job.updateProgress({ ...detail, fraction: Math.min(1, Math.max(0, fraction)) })

const enqueueAll = async (
  pipeline: Pipeline,
  followUps: readonly FollowUp[],
  urgent: boolean,
): Promise<void> => {
  for (const { stage, payload } of followUps) await pipeline.enqueue(stage, [payload], { urgent })
}

const secondsSince = (startedAtMs: number): number => (performance.now() - startedAtMs) / 1000
