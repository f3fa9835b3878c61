import { expect, test } from '@jest/globals'
import { untilReady } from '@soundalike/testkit'
import { execFile } from 'node:child_process'
import { access, rm } from 'node:fs/promises'
import { promisify } from 'node:util'
import { makeTemporaryFolder } from '../src/decode/temporary-folder.ts'
import { createAudioPool } from '../src/index.ts'

test('a pool removes what a decoder of a dead process left, and nothing of one that lives', async () => {
  const module = new URL('../src/decode/temporary-folder.ts', import.meta.url).href
  const program = `console.log(await (await import(${JSON.stringify(module)})).makeTemporaryFolder())`
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', program],
    { env: { ...process.env, NODE_OPTIONS: '' } },
  )
  const left = stdout.trim()
  await access(left)
  const inUse = await makeTemporaryFolder()

  const pool = createAudioPool({ threads: 1 })
  await untilReady('the end of the folder', () => expect(access(left)).rejects.toThrow('ENOENT'))
  await access(inUse)
  await pool.close()
  await rm(inUse, { recursive: true })
})
