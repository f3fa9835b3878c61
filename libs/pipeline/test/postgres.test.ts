import { afterAll } from '@jest/globals'
import { serverOrSkip, startPostgres } from '@soundalike/testkit'
import { conformance } from './conformance.ts'
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
}
