import type { JsonObject } from '@bufbuild/protobuf'
import { Failure } from '@soundalike/contracts'
import type { Log } from '@soundalike/runtime'
import { createRedisBackend, withBackend } from 'bullmq'
import { Redis } from 'ioredis'
import { withHeartbeat, type QueueBackend } from './backend.ts'
import { redisPrefix } from './names.ts'
import { priorities } from './priorities.ts'
import { within } from './within.ts'

/**
 * Queues in Redis. Producers fail fast while Redis is away; workers wait for it to come back.
 *
 * @param url - `redis://…` or `rediss://…`
 * @throws Failure `unavailable` when Redis does not answer for half a minute
 */
export const openRedisBackend = async (url: string, log: Log): Promise<QueueBackend> => {
  const onError = (error: Error): void => log.warn({ err: error }, 'redis connection')
  const connect = (maxRetriesPerRequest: number | null): Redis =>
    new Redis(url, { maxRetriesPerRequest, lazyConnect: true, connectTimeout: 10_000 }).on(
      'error',
      onError,
    )
  const producers = connect(1)
  await connected(producers, log)
  await warnOfEviction(producers, log)

  const { Queue } = withBackend(createRedisBackend)
  return {
    openQueue: (name) =>
      new Queue<JsonObject, void>(name, { connection: producers, prefix: redisPrefix }),
    openWorker: (name, processor, options, beat) => {
      const { Worker } = withBackend(withHeartbeat(createRedisBackend, beat))
      // One for each worker, so that cutting one off leaves the others alone.
      const connection = connect(null)
      const worker = new Worker<JsonObject, void>(name, processor, {
        ...options,
        connection,
        prefix: redisPrefix,
        autorun: false,
      })
      return worker.on('closed', () => connection.disconnect())
    },
    oldestWaiting: (queue) => oldestWaiting(producers, queue),
    ping: async () => void (await producers.ping()),
    close: () => {
      // Not quit(), which would wait for a Redis that is away.
      producers.disconnect()
      return Promise.resolve()
    },
  }
}

/** Processes that are started together with Redis are often there first. */
const CONNECT_PATIENCE_MS = 30_000

/** The client tries again by itself, and tells of every attempt that fails. */
const connected = async (redis: Redis, log: Log): Promise<void> => {
  const ready = new Promise((resolve) => redis.once('ready', resolve))
  redis.connect().catch((error: unknown) => {
    log.warn({ err: error, patienceMs: CONNECT_PATIENCE_MS }, 'waiting for redis')
  })
  if (await within(CONNECT_PATIENCE_MS, ready)) return
  redis.disconnect()
  throw new Failure(
    'unavailable',
    `Redis does not answer for ${String(CONNECT_PATIENCE_MS / 1000)} s`,
  )
}

/** A Redis that evicts keys under memory pressure loses jobs at random. */
const warnOfEviction = async (redis: Redis, log: Log): Promise<void> => {
  // Managed servers often forbid CONFIG; then there is nothing to go by.
  const [, policy] = (await redis.config('GET', 'maxmemory-policy').catch(() => [])) as string[]
  if (policy !== undefined && policy !== 'noeviction')
    log.warn({ policy }, 'redis may lose jobs: its maxmemory-policy must be noeviction')
}

/** In a sorted set of BullMQ the score is priority × 2³² plus a running number. */
const firstScore = (priority: number): number => priority * 2 ** 32

const oldestWaiting = async (redis: Redis, queue: string): Promise<number | null> => {
  const key = (name: string): string => `${redisPrefix}:${queue}:${name}`
  const [head] = await redis.zrange(key('prioritized'), 0, 0)
  const [normal] = await redis.zrangebyscore(
    key('prioritized'),
    firstScore(priorities.normal),
    '+inf',
    'LIMIT',
    0,
    1,
  )
  // Jobs that come back from a worker that vanished wait here.
  const returned = await redis.lindex(key('wait'), -1)
  const candidates = [head, normal, returned].filter((id) => typeof id === 'string')
  const added = await Promise.all(candidates.map((id) => redis.hget(key(id), 'timestamp')))
  const times = added.filter((time) => time !== null).map(Number)
  return times.length === 0 ? null : Math.min(...times)
}
