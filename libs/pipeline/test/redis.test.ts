import { afterAll } from '@jest/globals'
import { serverOrSkip, startPostgres, startRedis } from '@soundalike/testkit'
import { Redis } from 'ioredis'
import { redisPrefix } from '../src/index.ts'
import { conformance } from './conformance.ts'

const redis = await serverOrSkip('pipeline on Redis', startRedis)
const postgres = await serverOrSkip('catalog of the pipeline on Redis', startPostgres)

if (redis !== null && postgres !== null) {
  const client = new Redis(redis.url)
  afterAll(() => client.disconnect())
  const urls = () => ({ databaseUrl: postgres.url, queueUrl: redis.url })

  conformance('on Redis', {
    urls,
    elsewhere: urls,
    empty: async () => void (await client.flushdb()),
    lose: async (_house, queue, jobId, times) => {
      const key = (name: string) => `${redisPrefix}:${queue}:${name}`
      await client.zrem(key('prioritized'), jobId)
      await client.lpush(key('active'), jobId)
      await client.sadd(key('stalled'), jobId)
      await client.hset(key(jobId), 'stc', times)
    },
  })
}

afterAll(async () => {
  await redis?.stop()
  await postgres?.stop()
})
