import { afterAll, describe, expect, test } from '@jest/globals'
import { Failure } from '@soundalike/contracts'
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

    test('survives one that is lost inside a transaction, and says so', async () => {
      const lost = Promise.withResolvers<Error>()
      const database = await openDatabase(server.url, { onError: lost.resolve })
      const client = await database.pool.connect()
      await client.query('begin')
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
      await database.pool.query('select pg_terminate_backend($1)', [rows[0]?.pid])
      expect((await lost.promise).message).toContain('terminating connection')
      const failure = Failure.from(await client.query('select 1').catch((error: unknown) => error))
      expect(failure.code).toBe('unavailable')
      client.release(true)
      expect((await database.pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
      await database.close()
    })

    test('calls the failure of a server that is not there unavailable', async () => {
      const database = await openDatabase('postgres://nobody@127.0.0.1:1/nothing')
      const failure = Failure.from(
        await database.pool.query('select 1').catch((error: unknown) => error),
      )
      expect(failure.code).toBe('unavailable')
      await database.close()
    })
  })
}
