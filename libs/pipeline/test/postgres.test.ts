import { afterAll, describe, test } from '@jest/globals'
import { serverOrSkip, startPostgres } from '@soundalike/testkit'
import { conformance } from './conformance.ts'
import { fingerprints, openHouse, until } from './house.ts'
import { emptyQueues, loseJob } from './postgres-fixture.ts'

const postgres = await serverOrSkip('pipeline on a PostgreSQL server', startPostgres)
afterAll(() => postgres?.stop())

if (postgres !== null) {
  const urls = () => ({ databaseUrl: postgres.url, queueUrl: 'database:' })
  conformance('on a PostgreSQL server', {
    urls,
    elsewhere: urls,
    empty: emptyQueues,
    lose: loseJob,
  })

  describe('pipeline on a PostgreSQL server, when connections are lost', () => {
    test('goes on where it was', async () => {
      const house = await openHouse(urls())
      await emptyQueues(house)
      const [first = '', second = ''] = await house.addTracks(2)
      const handled: string[] = []
      await house.run('spectrogram', async ({ payload }) => void handled.push(payload.trackId))
      const enqueue = (trackId: string) =>
        house.pipeline.enqueue('spectrogram', [{ trackId, fingerprint: fingerprints.spectrogram }])
      await enqueue(first)
      await until('the first job', () => handled.length === 1)
      await house.database.pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where pid <> pg_backend_pid() and datname = current_database()`,
      )
      await until('connections', () => enqueue(second).then(() => true))
      await until('the second job', () => handled.length === 2)
      await house.close()
    })
  })
}
