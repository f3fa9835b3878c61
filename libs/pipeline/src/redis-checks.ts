import type { Log } from '@soundalike/runtime'
import type { RedisConnection } from './redis-connection.ts'

/** Says in the log by which of its settings a Redis may lose jobs. */
export const warnOfLoss = async (redis: RedisConnection, log: Log): Promise<void> => {
  const policy = await settingOf(redis, 'maxmemory-policy')
  if (policy !== null && policy !== 'noeviction')
    log.warn({ policy }, 'redis may lose jobs at random: its maxmemory-policy must be noeviction')
  const appendOnly = await settingOf(redis, 'appendonly')
  const save = await settingOf(redis, 'save')
  if (appendOnly === 'no' && save === '')
    log.warn(
      'redis forgets every job when it restarts: set appendonly yes; the reconciler adds them again, but slowly',
    )
}

/** Managed servers often forbid CONFIG; then there is nothing to go by. */
const settingOf = async (redis: RedisConnection, name: string): Promise<string | null> => {
  const answer = await redis.config('GET', name).catch(() => [])
  const [, value] = Array.isArray(answer) ? (answer as unknown[]) : []
  return typeof value === 'string' ? value : null
}
