import { connect, createServer } from 'node:net'
import { afterAll, describe, expect, test } from '@jest/globals'
import { Failure } from '@soundalike/contracts'
import { freePort, serverOrSkip, startPostgres } from '@soundalike/testkit'
import { migrate, openDatabase, type Migration } from '../src/index.ts'
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

    test('calls a server that is not there unavailable, once its patience is at an end', async () => {
      const tries: Error[] = []
      const opening = openDatabase('postgres://nobody@127.0.0.1:1/nothing', {
        patienceMs: 250,
        onError: (error) => tries.push(error),
      })
      await expect(opening).rejects.toMatchObject({ code: 'unavailable' })
      expect(tries.length).toBeGreaterThan(0)
    })

    test('waits for a server that comes up after its clients', async () => {
      const { hostname, port: serverPort } = new URL(server.url)
      const port = await freePort()
      const { promise: refused, resolve } = Promise.withResolvers<Error>()
      const url = new URL(server.url)
      url.port = String(port)
      const opening = openDatabase(url.href, { onError: resolve })
      expect((await refused).message).toBe('PostgreSQL does not answer yet')
      const door = createServer((socket) => {
        const inner = connect(Number(serverPort), hostname)
        socket.pipe(inner).pipe(socket)
        for (const end of [socket, inner]) end.on('error', () => undefined)
      }).listen(port, '127.0.0.1')
      const database = await opening
      expect((await database.pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
      await database.close()
      door.close()
    })

    test('does not wait for one that refuses', async () => {
      const url = new URL(server.url)
      url.pathname = '/no_such_database'
      await expect(openDatabase(url.href)).rejects.toMatchObject({ code: '3D000' })
    })
  })

  describe('migrations on a PostgreSQL server', () => {
    test('run once when many replicas start on an empty database', async () => {
      const replicas = await Promise.all(
        Array.from({ length: 8 }, () => openDatabase(server.url, { poolSize: 2 })),
      )
      const ran: string[] = []
      const migrations = Object.fromEntries(
        ['001', '002'].map((name): [string, Migration] => [
          name,
          {
            up: async (db) => {
              ran.push(name)
              await db.schema.createTable(`replicated_${name}`).addColumn('n', 'integer').execute()
            },
          },
        ]),
      )
      await replicas[0]?.pool.query('drop schema if exists soundalike cascade')
      await Promise.all(replicas.map((database) => migrate(database, 'replicas', migrations)))
      expect(ran).toEqual(['001', '002'])
      await Promise.all(replicas.map((database) => database.close()))
    })
  })
}

const secure = await serverOrSkip('database over TLS', () => startPostgres({ tls: true }))
afterAll(() => secure?.stop())

if (secure !== null) {
  describe('database over TLS', () => {
    test('is reached when its certificate is that of the authority given', async () => {
      const database = await openDatabase(secure.url)
      const { rows } = await database.pool.query(
        'select ssl from pg_stat_ssl where pid = pg_backend_pid()',
      )
      expect(rows).toEqual([{ ssl: true }])
      await database.close()
    })

    test('is refused without TLS, and when nothing vouches for its certificate', async () => {
      const plain = new URL(secure.url)
      plain.search = ''
      await expect(openDatabase(plain.href)).rejects.toMatchObject({ code: '28000' })
      plain.search = '?sslmode=verify-full'
      await expect(openDatabase(plain.href)).rejects.toThrow(/certificate/)
    })
  })
}
