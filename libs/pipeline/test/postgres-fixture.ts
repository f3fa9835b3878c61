import type { House } from './house.ts'

/** Loses every job kept in PostgreSQL. */
export const emptyQueues = async ({ database }: House): Promise<void> => {
  await database.pool.query(
    "delete from bullmq.job; delete from bullmq.meta where field = 'stalled-check'",
  )
}

/** Makes a waiting job look as if a worker took it and vanished. */
export const loseJob = async (
  { database }: House,
  queue: string,
  jobId: string,
  times: number,
): Promise<void> => {
  await database.pool.query(
    `update bullmq.job set state = 'active', lock_token = 'lost', locked_until_ms = 0,
            stalled_marked = true, stalled_count = $3
      where queue = $1 and id = $2`,
    [queue, jobId, times],
  )
}
