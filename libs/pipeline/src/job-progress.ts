import { Failure, failureKinds, type FailureCode } from '@soundalike/contracts'
import type { JobQueue } from './backend.ts'

/** How far one job is. */
export interface JobProgress {
  readonly state: 'waiting' | 'active' | 'failed'
  /** 0…1, as its handler last told. */
  readonly fraction: number
  /** Whatever else its handler told. */
  readonly detail: object
  /** Why the last attempt failed; null where none did. */
  readonly failure: Failure | null
}

export const jobProgress = async (queue: JobQueue, jobId: string): Promise<JobProgress | null> => {
  const job = await queue.getJob(jobId)
  if (job === undefined) return null
  const state = await job.getState()
  if (state === 'completed' || state === 'unknown') return null
  const told = typeof job.progress === 'object' ? job.progress : {}
  const fraction = 'fraction' in told && typeof told.fraction === 'number' ? told.fraction : 0
  return {
    state: state === 'active' || state === 'failed' ? state : 'waiting',
    fraction,
    detail: told,
    // Absent until an attempt fails, whatever its type says.
    failure: job.failedReason ? failureOf(job.failedReason) : null,
  }
}

/** Jobs of a queue that are looked at, at most. */
const MAX_UNDER_WAY = 100

/** How far each job is that a worker has in hand. */
export const jobsUnderWay = async (queue: JobQueue): Promise<JobProgress[]> => {
  const ids = await queue.getRanges(['active'], 0, MAX_UNDER_WAY - 1)
  const progress = await Promise.all(ids.map((id) => jobProgress(queue, id)))
  return progress.flatMap((one) => (one?.state === 'active' ? [one] : []))
}

/** A reason as the processor writes it: the failure's code, a colon and its message. */
const failureOf = (reason: string): Failure => {
  const [code = '', message = ''] = reason.split(/: (.*)/s)
  return code in failureKinds
    ? new Failure(code as FailureCode, message)
    : new Failure('internal', reason)
}
