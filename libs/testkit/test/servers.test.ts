import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, describe, expect, test } from '@jest/globals'
import pg from 'pg'
import {
  runPostgres,
  runRedis,
  serverOrSkip,
  startPostgres,
  startRedis,
  untilReady,
} from '../src/index.ts'

const portOf = (url: string): number => Number(new URL(url).port)

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })

const postgres = await serverOrSkip('postgres of the test kit', startPostgres)
const redis = await serverOrSkip('redis of the test kit', startRedis)

afterAll(async () => {
  await postgres?.stop()
  await redis?.stop()
})

if (postgres !== null)
  describe('postgres of the test kit', () => {
    test('is an empty database that takes statements', async () => {
      const client = new pg.Client({ connectionString: postgres.url })
      await client.connect()
      const { rows } = await client.query<{ schemas: string }>(
        "select count(*) as schemas from information_schema.schemata where schema_name in ('bullmq', 'soundalike')",
      )
      await client.end()
      expect(rows).toEqual([{ schemas: '0' }])
    })
  })

if (redis !== null)
  describe('redis of the test kit', () => {
    test('is gone once it is stopped', async () => {
      const second = await startRedis()
      expect(await answers(portOf(second.url))).toBe(true)
      await second.stop()
      const given = second.url === redis.url
      expect(await answers(portOf(second.url))).toBe(given)
    })

    test('is gone once the process that started it is killed', async () => {
      const program = `
        const { startRedis } = await import(${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)})
        console.log((await startRedis()).url)
        setInterval(() => undefined, 1000)`
      const { TEST_REDIS_URL: _given, ...env } = process.env
      const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
        env: { ...env, NODE_OPTIONS: '' },
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      const [line] = (await once(child.stdout, 'data')) as [Buffer]
      const port = portOf(line.toString().trim())
      expect(await answers(port)).toBe(true)
      child.kill('SIGKILL')
      await untilReady('the end of redis', async () => {
        if (await answers(port)) throw new Error('still there')
      })
    })
  })

const localPostgres = await serverOrSkip('a local postgres', runPostgres)
const localRedis = await serverOrSkip('a local redis', () => runRedis([]))

afterAll(async () => {
  await localPostgres?.stop()
  await localRedis?.stop()
})

for (const [name, server] of Object.entries({ localPostgres, localRedis }))
  if (server !== null)
    test(`${name} can be away for a while`, async () => {
      const port = portOf(server.url)
      await server.halt()
      expect(await answers(port)).toBe(false)
      await server.resume()
      expect(await answers(port)).toBe(true)
    })

if (localPostgres !== null)
  test('a local postgres keeps what it holds while it is away', async () => {
    const ask = async (statement: string): Promise<unknown[]> => {
      const client = new pg.Client({ connectionString: localPostgres.url })
      await client.connect()
      const { rows } = await client.query<Record<string, unknown>>(statement)
      await client.end()
      return rows
    }
    await ask('create table kept as select 7 as number')
    await localPostgres.halt()
    await localPostgres.resume()
    expect(await ask('select number from kept')).toEqual([{ number: 7 }])
  })
