import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import type { FuzzReport } from '../fuzz/fuzz.ts'
import type { Leaks } from '../fuzz/leaks.ts'
import { ffmpegPresent } from '../src/decode/ffmpeg.ts'

const script = fileURLToPath(new URL('../fuzz/audio.ts', import.meta.url))
const choices = ffmpegPresent() ? ['ffmpeg', 'libraries'] : ['libraries']

const run = promisify(execFile)
const env = { ...process.env, NODE_OPTIONS: '' }

describe('damaged files', () => {
  // In a process of its own, where what is left behind can be counted.
  test.each(choices)(
    'end in sound or in a reason, and leave nothing behind, with %s',
    async (decoder) => {
      const args = [script, '--count', '48', '--seed', '1000000', '--decoder', decoder]
      const { stdout } = await run(process.execPath, args, { env })
      const { outcomes, findings, left } = JSON.parse(stdout) as FuzzReport & { left: Leaks }
      expect(findings).toEqual([])
      expect(left).toEqual({ processes: [], files: [], unhandledRejections: [] })
      expect(Object.values(outcomes).reduce((sum, count) => sum + count, 0)).toBe(48)
      expect(outcomes['sound']).toBeGreaterThan(5)
    },
  )

  test.each([
    ['--count', 'abc'],
    ['--decoder', 'bogus'],
    ['--tracks', '3'],
  ])('are not called sound where nothing was tried: %s %s', async (...words) => {
    const ended = run(process.execPath, [script, ...words], { env })
    await expect(ended).rejects.toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(new RegExp(`${words[0]}[^]*usage: `)),
    })
  })

  test('have a usage', async () => {
    const { stdout } = await run(process.execPath, [script, '--help'], { env })
    expect(stdout).toMatch(/^usage: /)
  })
})
