import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'
import { openInput } from '../src/decode/input.ts'

const run = promisify(execFile)
const clip = fileURLToPath(new URL('fixtures/clip-cbr.mp3', import.meta.url))

test('without a file descriptor left, work is put off and no preview is given up', async () => {
  const script = fileURLToPath(new URL('fixtures/without-descriptors.ts', import.meta.url))
  const limited = ['-c', 'ulimit -n 100; exec "$@"', 'sh', process.execPath, script, clip]
  const { stdout } = await run('sh', limited, { env: { ...process.env, NODE_OPTIONS: '' } })
  expect(JSON.parse(stdout)).toEqual({ preview: 'unavailable', ffmpeg: 'unavailable' })
})

test('without a folder for temporary files, work is put off', async () => {
  const script = fileURLToPath(new URL('fixtures/decode-together.ts', import.meta.url))
  const gone = join(tmpdir(), randomUUID())
  const { stdout } = await run(process.execPath, [script, '20000', '1', clip], {
    env: { ...process.env, NODE_OPTIONS: '', TMPDIR: gone },
  })
  expect(JSON.parse(stdout)).toEqual({ 'clip-cbr.mp3': 'unavailable' })
})

test('a folder is not a file, and what is not there is no preview', async () => {
  const outcome = (path: string): Promise<unknown> => openInput({ path }, 1_000_000)
  await expect(outcome(tmpdir())).rejects.toMatchObject({ code: 'not-a-file' })
  await expect(outcome(join(clip, 'inside'))).rejects.toMatchObject({ code: 'no-preview' })
})
