import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { sql } from 'kysely'
import {
  kysely,
  migrate,
  openDatabase,
  queueSchema,
  type Database,
  type Migration,
} from '../src/index.ts'

interface Schema {
  thing: {
    id: string
    large: number | bigint | null
    document: unknown
    bytes: Uint8Array | null
    at: Date | null
    words: string[] | null
    flag: boolean | null
    ratio: number | null
  }
}

const migrations: Record<string, Migration> = {
  '001-thing': {
    up: async (db) => {
      await db.schema
        .createTable('thing')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('large', 'bigint')
        .addColumn('document', 'jsonb')
        .addColumn('bytes', 'bytea')
        .addColumn('at', 'timestamptz')
        .addColumn('words', sql`text[]`)
        .addColumn('flag', 'boolean')
        .addColumn('ratio', 'double precision')
        .execute()
    },
  },
}

/** A promise that a test settles by what it sees, instead of by a clock. */
const seen = <Value>(): { value: Promise<Value>; resolve: (value: Value) => void } => {
  const { promise, resolve } = Promise.withResolvers<Value>()
  return { value: promise, resolve }
}

/** What every database must do, whichever it is. */
export const conformance = (name: string, url: () => string): void => {
  describe(`database ${name}`, () => {
    let database: Database
    beforeAll(async () => {
      database = await openDatabase(url())
      await migrate(database, 'conformance', migrations)
    })
    afterAll(() => database.close())

    const things = () => kysely<Schema>(database)

    test('gives back every kind of value as it was put in', async () => {
      const row = {
        id: 'kinds',
        large: 5_000_000_000,
        document: { list: [1, 'two', null] },
        bytes: Uint8Array.of(0, 127, 255),
        at: new Date('2026-01-02T03:04:05.678Z'),
        words: ['a', 'b "c"', ''],
        flag: true,
        ratio: 0.1,
      }
      await things().insertInto('thing').values(row).execute()
      const read = await things()
        .selectFrom('thing')
        .selectAll()
        .where('id', '=', 'kinds')
        .executeTakeFirstOrThrow()
      expect({ ...read, bytes: Uint8Array.from(read.bytes ?? []) }).toEqual(row)
    })

    test('reports how many rows a statement changed', async () => {
      await things()
        .insertInto('thing')
        .values([{ id: 'count-1' }, { id: 'count-2' }] as Schema['thing'][])
        .execute()
      const { numUpdatedRows } = await things()
        .updateTable('thing')
        .set({ flag: false })
        .where('id', 'like', 'count-%')
        .executeTakeFirst()
      expect(numUpdatedRows).toBe(2n)
      const { rows } = await database.pool.query(
        'select count(*) as n from soundalike.thing where flag = $1',
        [false],
      )
      expect(rows).toEqual([{ n: 2 }])
    })

    test('writes plain objects as JSON and arrays as arrays', async () => {
      const { rows } = await database.pool.query(
        'select $1::jsonb as document, $2::text[] as words, $3::text as text',
        [{ a: { b: 1 } }, ['x', 'y'], '{"a":1}'],
      )
      expect(rows).toEqual([{ document: { a: { b: 1 } }, words: ['x', 'y'], text: '{"a":1}' }])
    })

    test('keeps transactions of different clients apart', async () => {
      const insert = (id: string, delayed: Promise<void>) =>
        things()
          .transaction()
          .execute(async (transaction) => {
            await transaction.insertInto('thing').values({ id }).execute()
            await delayed
            throw new Error('rolled back')
          })
      const gate = seen<void>()
      const doomed = [insert('doomed-1', gate.value), insert('doomed-2', gate.value)]
      const kept = things().insertInto('thing').values({ id: 'kept' }).execute()
      gate.resolve()
      const outcomes = await Promise.allSettled(doomed)
      await kept
      expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
      const { rows } = await database.pool.query(
        "select id from soundalike.thing where id like 'doomed-%' or id = 'kept'",
      )
      expect(rows).toEqual([{ id: 'kept' }])
    })

    test('rolls back what a client left open when it was released', async () => {
      const client = await database.pool.connect()
      await client.query('BEGIN')
      await client.query("insert into soundalike.thing (id) values ('abandoned')")
      client.release(true)
      const { rows } = await database.pool.query(
        "select id from soundalike.thing where id = 'abandoned'",
      )
      expect(rows).toEqual([])
    })

    test('goes on after a failed statement, inside a transaction and outside', async () => {
      await expect(database.pool.query('select 1 / $1::int', [0])).rejects.toThrow(
        'division by zero',
      )
      const client = await database.pool.connect()
      await client.query('BEGIN')
      await expect(client.query('select nonsense')).rejects.toThrow('nonsense')
      await client.query('ROLLBACK')
      client.release()
      expect((await database.pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    })

    test('runs several statements at once when there are no parameters', async () => {
      await database.pool.query(
        "insert into soundalike.thing (id) values ('multi-1'); insert into soundalike.thing (id) values ('multi-2')",
      )
      const { rows } = await database.pool.query(
        "select id from soundalike.thing where id like 'multi-%' order by id",
      )
      expect(rows).toEqual([{ id: 'multi-1' }, { id: 'multi-2' }])
    })

    test('delivers notifications when they are committed, and not when rolled back', async () => {
      const payloads: string[] = []
      const last = seen<void>()
      const stop = await database.listen('conformance', (payload) => {
        payloads.push(payload)
        if (payload === 'last') last.resolve()
      })
      const client = await database.pool.connect()
      await client.query('BEGIN')
      await client.query("select pg_notify('conformance', 'rolled back')")
      await client.query('ROLLBACK')
      client.release()
      await database.pool.query("select pg_notify('conformance', 'first')")
      await database.pool.query("select pg_notify('conformance', 'last')")
      await last.value
      expect(payloads).toEqual(['first', 'last'])
      await stop()
    })

    test('stops delivering to a handler that left, and to that one alone', async () => {
      const left: string[] = []
      const heard = seen<string>()
      const stop = await database.listen('leaving', (payload) => left.push(payload))
      const stopOther = await database.listen('leaving', heard.resolve)
      await stop()
      await database.pool.query("select pg_notify('leaving', 'hello')")
      expect(await heard.value).toBe('hello')
      expect(left).toEqual([])
      await stopOther()
    })

    test('delivers to a client of the pool after comments before LISTEN, as BullMQ writes it', async () => {
      const heard = seen<string | undefined>()
      const client = await database.pool.connect()
      client.on('notification', ({ channel, payload }) => heard.resolve(`${channel} ${payload}`))
      await client.query('-- a comment; with a semicolon\n-- and another\nLISTEN raw_channel;\n')
      await database.pool.query("select pg_notify('raw_channel', 'hello')")
      expect(await heard.value).toBe('raw_channel hello')
      client.release(true)
    })

    test('migrates once however many start at the same moment', async () => {
      let runs = 0
      const counted: Record<string, Migration> = {
        '001': {
          up: async (db) => {
            runs += 1
            await db.schema.createTable('once').addColumn('id', 'text').execute()
          },
        },
      }
      await Promise.all([1, 2, 3].map(() => migrate(database, 'once', counted)))
      expect(runs).toBe(1)
    })

    test('changes nothing when a migration fails', async () => {
      const broken: Record<string, Migration> = {
        '001': {
          up: async (db) => db.schema.createTable('half').addColumn('id', 'text').execute(),
        },
        '002': { up: async (db) => void (await sql`select nonsense`.execute(db)) },
      }
      await expect(migrate(database, 'broken', broken)).rejects.toThrow(
        'migration of broken failed',
      )
      const { rows } = await database.pool.query("select to_regclass('soundalike.half') as half")
      expect(rows).toEqual([{ half: null }])
    })

    test('serves queries of BullMQ and of our own at once', async () => {
      const { rows } = await database.pool.query('show search_path')
      expect(rows).toEqual([{ search_path: queueSchema }])
    })
  })
}
