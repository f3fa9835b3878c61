import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

describe('what an operator runs on an installation', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'soundalike-operator-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const soundalike = async (...words: string[]): Promise<string> => {
    const env = { PATH: process.env['PATH'], DATA_DIR: folder }
    const { stdout } = await run(process.execPath, [main, ...words], { env })
    return stdout
  }

  it('brings the stores up to date with a model, asks for training, and changes the live model', async () => {
    const [, model = ''] = /^up to date, with model (\S+)$/m.exec(await soundalike('migrate')) ?? []
    expect(model).toMatch(/^soundalike-1-/)
    expect(await soundalike('request-training')).toMatch(/^[\da-f-]{36}\n$/)
    expect(await soundalike('models', 'use', model)).toBe(`${model} is live\n`)
    expect(await soundalike('models')).toContain(`${model}\tlive\t0\t`)
    await expect(soundalike('models', 'use', 'nothing')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[bad-model]'),
    })
  }, 180_000)
})
