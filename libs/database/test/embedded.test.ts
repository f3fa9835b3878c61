import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { openDatabase } from '../src/index.ts'
import { conformance } from './conformance.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'soundalike-database-'))
})
afterAll(() => rm(folder, { recursive: true }))

conformance('in memory', () => 'pglite:memory')
conformance('in a folder', () => `pglite:${path.join(folder, 'conformance')}`)

/** Opens a folder in another process, which writes a row and then waits to be killed. */
const openElsewhere = async (url: string) => {
  const module = new URL('../src/index.ts', import.meta.url).href
  const program = `
    const { openDatabase } = await import(${JSON.stringify(module)})
    const database = await openDatabase(${JSON.stringify(url)})
    await database.pool.query('create table public.kept (n int)')
    await database.pool.query('insert into public.kept values ($1)', [42])
    console.log('written')
    setInterval(() => undefined, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return child
}

describe('an embedded folder', () => {
  test('is refused while another process has it, and given once that one is killed, with all it wrote', async () => {
    const url = `pglite:${path.join(folder, 'shared')}`
    const owner = await openElsewhere(url)
    await expect(openDatabase(url)).rejects.toMatchObject({
      code: 'in-use',
      message: expect.stringContaining(`process ${owner.pid}`),
    })
    owner.kill('SIGKILL')
    await once(owner, 'exit')

    const database = await openDatabase(url)
    const { rows } = await database.pool.query('select n from public.kept')
    expect(rows).toEqual([{ n: 42 }])
    await database.close()
  })

  test('is refused a second time in the same process, and free again after closing', async () => {
    const url = `pglite:${path.join(folder, 'twice')}`
    const first = await openDatabase(url)
    await expect(openDatabase(url)).rejects.toMatchObject({ code: 'in-use' })
    await first.close()
    const second = await openDatabase(url)
    await second.close()
    expect(await readdir(path.join(folder, 'twice'))).toEqual(['postgres'])
  })
})

describe('openDatabase', () => {
  test.each(['mysql://host/db', 'pglite:relative/folder', ''])('refuses %j', async (url) => {
    await expect(openDatabase(url)).rejects.toThrow(RangeError)
  })
})
