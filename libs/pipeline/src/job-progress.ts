import type { JobQueue } from './backend.ts'

/** How far one job is. */
export interface JobProgress {
  readonly state: 'waiting' | 'active' | 'failed'
  /** 0…1, as its handler last told. */
  readonly fraction: number
  /** Whatever else its handler told. */
  readonly detail: object
  /** Why the last attempt failed; empty where none did. */
  readonly failedReason: string
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
    failedReason: job.failedReason || '',
  }
}
