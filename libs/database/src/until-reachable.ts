import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '@soundalike/contracts'
import type { PgPool } from './pg-pool.ts'

const longestPauseMs = 5_000

/**
 * Waits for a server that does not answer yet, with growing pauses. A server that refuses (wrong password,
 * no such database) is not waited for.
 *
 * @param onError - told of every attempt that fails and is made again
 * @throws Failure `unavailable` when the patience is used up
 */
export const untilReachable = async (
  pool: PgPool,
  patienceMs: number,
  onError: (error: Error) => void,
): Promise<void> => {
  const deadline = performance.now() + patienceMs
  for (let pauseMs = 100; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      await pool.query('select 1')
      return
    } catch (error) {
      const failure = Failure.from(error)
      if (failure.code !== 'unavailable') throw error
      if (performance.now() + pauseMs > deadline) throw failure
      onError(new Error('PostgreSQL does not answer yet', { cause: error }))
      await sleep(pauseMs)
    }
  }
}
