import { connect, createServer } from 'node:net'
import { afterAll, describe, expect, test } from '@jest/globals'
import { createLog } from '@soundalike/runtime'
import { freePort, serverOrSkip, startPostgres, startRedis } from '@soundalike/testkit'
import { Redis } from 'ioredis'
import { redisPrefix } from '../src/index.ts'
import { openRedisBackend } from '../src/redis-backend.ts'
import { conformance } from './conformance.ts'
import { fingerprints, openHouse, until } from './house.ts'

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

  describe('pipeline on Redis, when connections are lost', () => {
    test('goes on where it was', async () => {
      const house = await openHouse(urls())
      const [first = '', second = ''] = await house.addTracks(2)
      const handled: string[] = []
      await house.run('spectrogram', async ({ payload }) => void handled.push(payload.trackId))
      const enqueue = (trackId: string) =>
        house.pipeline.enqueue('spectrogram', [{ trackId, fingerprint: fingerprints.spectrogram }])
      await enqueue(first)
      await until('the first job', () => handled.length === 1)
      await client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
      await until('connections', () => house.pipeline.ping().then(() => true))
      await enqueue(second)
      await until('the second job', () => handled.length === 2)
      await house.close()
    })

    test('waits for a Redis that comes up after its clients', async () => {
      const refused = Promise.withResolvers<void>()
      const log = createLog('test', { LOG_LEVEL: 'silent' })
      log.warn = () => refused.resolve()
      const port = await freePort()
      const opening = openRedisBackend(`redis://127.0.0.1:${port}`, log)
      await refused.promise

      const target = new URL(redis.url)
      const door = createServer((socket) => {
        const inner = connect(Number(target.port), target.hostname)
        socket.pipe(inner).pipe(socket)
        for (const end of [socket, inner]) end.on('error', () => undefined)
      }).listen(port, '127.0.0.1')
      const backend = await opening
      await backend.ping()
      await backend.close()
      door.close()
    })

    test('refuses jobs instead of keeping a producer waiting, and closes all the same', async () => {
      const doomed = await startRedis()
      const house = await openHouse({ databaseUrl: postgres.url, queueUrl: doomed.url })
      const [trackId = ''] = await house.addTracks(1)
      await house.run('spectrogram', async () => undefined)
      await doomed.stop()
      await expect(
        house.pipeline.enqueue('spectrogram', [{ trackId, fingerprint: fingerprints.spectrogram }]),
      ).rejects.toThrow()
      await expect(house.pipeline.ping()).rejects.toThrow()
      await house.close()
    })
  })
}

afterAll(async () => {
  await redis?.stop()
  await postgres?.stop()
})
