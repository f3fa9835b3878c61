import type { JsonObject } from '@bufbuild/protobuf'
import { Failure } from '@soundalike/contracts'
import type { Log } from '@soundalike/runtime'
import { createRedisBackend, withBackend } from 'bullmq'
import { withHeartbeat, type QueueBackend } from './backend.ts'
import { redisPrefix } from './names.ts'
import { priorities } from './priorities.ts'
import { warnOfLoss } from './redis-checks.ts'
import { redisConnections, type RedisConnection } from './redis-connection.ts'
import { within } from './within.ts'

/**
 * Queues in Redis. Producers fail fast while Redis is away; workers wait for it to come back.
 *
 * @param url - a server, a server watched by sentinels, or a cluster: see {@link file://./redis-url.ts}
 * @throws TypeError when the URL is of none of these forms; Failure `unavailable` when Redis does not answer for half a minute
 */
export const openRedisBackend = async (url: string, log: Log): Promise<QueueBackend> => {
  const onError = (error: Error): void => log.warn({ err: error }, 'redis connection')
  const connect = await redisConnections(url, onError)
  const producers = connect('producer')
  await connected(producers, log)
  await warnOfLoss(producers, log)

  const { Queue } = withBackend(createRedisBackend)
  return {
    openQueue: (name) =>
      new Queue<JsonObject, void>(name, { connection: producers, prefix: redisPrefix }),
    openWorker: (name, processor, options, beat) => {
      const { Worker } = withBackend(withHeartbeat(createRedisBackend, beat))
      // One for each worker, so that cutting one off leaves the others alone.
      const connection = connect('worker')
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
const connected = async (redis: RedisConnection, log: Log): Promise<void> => {
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

/** In a sorted set of BullMQ the score is priority × 2³² plus a running number. */
const firstScore = (priority: number): number => priority * 2 ** 32

const oldestWaiting = async (redis: RedisConnection, queue: string): Promise<number | null> => {
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
