import { afterAll, describe, expect, test } from '@jest/globals'
import { serverOrSkip, startPostgres } from '@soundalike/testkit'
import { openDatabase } from '../src/index.ts'
import { conformance } from './conformance.ts'

const server = await serverOrSkip('database on a PostgreSQL server', startPostgres)
afterAll(() => server?.stop())

if (server !== null) {
  conformance('on a PostgreSQL server', () => server.url)

  describe('database on a PostgreSQL server, when connections are lost', () => {
    test('listens again and says that something may have been missed', async () => {
      const heard: string[] = []
      const again = Promise.withResolvers<void>()
      const after = Promise.withResolvers<void>()
      const database = await openDatabase(server.url)
      await database.listen('survivor', (payload) => {
        heard.push(payload)
        if (payload === '') again.resolve()
        if (payload === 'after') after.resolve()
      })
      const other = await openDatabase(server.url)
      await other.pool.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()',
      )
      await again.promise
      await other.pool.query("select pg_notify('survivor', 'after')")
      await after.promise
      expect(heard).toEqual(['', 'after'])
      await database.close()
      await other.close()
    })
  })
}
