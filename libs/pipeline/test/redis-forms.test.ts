import { afterAll, describe, expect, test } from '@jest/globals'
import { createLog } from '@soundalike/runtime'
import {
  runRedis,
  serverOrSkip,
  startPostgres,
  startRedisCluster,
  startSecureRedis,
  startSentinels,
} from '@soundalike/testkit'
import { openRedisBackend } from '../src/redis-backend.ts'
import { fingerprints, openHouse, until } from './house.ts'

const postgres = await serverOrSkip(
  'catalog of the pipeline on other forms of Redis',
  startPostgres,
)
const secure = await serverOrSkip('pipeline on Redis with TLS and a user', startSecureRedis)
const watched = await serverOrSkip('pipeline on Redis with sentinels', startSentinels)
const cluster = await serverOrSkip('pipeline on a Redis cluster', startRedisCluster)
afterAll(async () => {
  for (const server of [secure, watched, cluster, postgres]) await server?.stop()
})

/** A house on a queue, and a way to see one more job through it. */
const openHouseOn = async (queueUrl: string) => {
  const house = await openHouse({ databaseUrl: postgres?.url ?? '', queueUrl })
  const trackIds = await house.addTracks(2)
  const handled: string[] = []
  await house.run('spectrogram', async ({ payload }) => void handled.push(payload.trackId))
  const enqueue = (trackId: string) =>
    house.pipeline.enqueue('spectrogram', [{ trackId, fingerprint: fingerprints.spectrogram }])
  const handles = async (index: number): Promise<void> => {
    const trackId = trackIds[index] ?? ''
    // A producer fails fast while there is no server in charge; whoever enqueues tries again.
    await until('the job to be taken', () =>
      enqueue(trackId).then(
        () => true,
        () => false,
      ),
    )
    await until('the job to be handled', () => handled.includes(trackId))
  }
  return { house, handles }
}

if (postgres !== null && secure !== null)
  describe('pipeline on Redis with TLS and a user', () => {
    test('works with the rights to its own keys alone', async () => {
      const { house, handles } = await openHouseOn(secure.url)
      await handles(0)
      expect(await house.pipeline.counts('spectrogram')).toMatchObject({ waiting: 0, failed: 0 })
      await house.close()
    })
  })

if (postgres !== null && watched !== null)
  describe('pipeline on Redis with sentinels', () => {
    test('goes on when the replica takes the place of the server', async () => {
      const { house, handles } = await openHouseOn(watched.url)
      await handles(0)
      await watched.stopMaster()
      await handles(1)
      await house.close()
    })
  })

if (postgres !== null && cluster !== null)
  describe('pipeline on a Redis cluster', () => {
    test('keeps every queue in one slot', async () => {
      const { house, handles } = await openHouseOn(cluster.url)
      await handles(0)
      await handles(1)
      await house.pipeline.ping()
      await house.close()
    })
  })

describe('on opening, the log says of a Redis', () => {
  const complaints = async (...settings: string[]): Promise<string> => {
    const redis = await runRedis(settings)
    const said: unknown[] = []
    const log = createLog('test', { LOG_LEVEL: 'silent' })
    log.warn = (...words: unknown[]) => void said.push(words)
    const backend = await openRedisBackend(`redis://127.0.0.1:${String(redis.port)}`, log)
    await backend.close()
    await redis.stop()
    return JSON.stringify(said)
  }

  test('that it evicts keys', async () => {
    const said = await complaints('--appendonly', 'yes', '--maxmemory-policy', 'allkeys-lru')
    expect(said).toContain('allkeys-lru')
    expect(said).not.toContain('restarts')
  })

  test('that it keeps nothing over a restart', async () => {
    const said = await complaints('--save', '', '--appendonly', 'no')
    expect(said).toContain('forgets every job when it restarts')
    expect(said).not.toContain('noeviction')
  })
})
