import { afterAll } from '@jest/globals'
import { serverOrSkip, startPostgres } from '@soundalike/testkit'
import { describeCatalog } from './conformance.ts'

const postgres = await serverOrSkip('catalog on a PostgreSQL server', startPostgres)

if (postgres !== null) {
  afterAll(() => postgres.stop())
  describeCatalog('a PostgreSQL server', () => postgres.url)
}
