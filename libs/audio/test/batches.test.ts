import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { Failure } from '@soundalike/contracts'
import { skipLoudly, untilReady } from '@soundalike/testkit'
import which from 'which'
import { createBatcher, type FfmpegBatcher } from '../src/decode/batcher.ts'
import type { FfmpegTask } from '../src/decode/ffmpeg.ts'
import { createAudioPool, defaultLimits, presets } from '../src/index.ts'

const real = await which('ffmpeg', { nothrow: true })
const searched = process.env['PATH'] ?? ''
const clip = fileURLToPath(new URL('fixtures/clip-cbr.mp3', import.meta.url))

/** Stands before ffmpeg on PATH and notes each start and its arguments; never ends where a file is called `sleeper`. */
const wrapper = `#!/bin/sh
echo $$ >> "$(dirname "$0")/starts"
printf '%s\\n' "$@" > "$(dirname "$0")/arguments"
case "$*" in *sleeper*) exec sleep 60 ;; esac
exec "${real ?? ''}" "$@"
`

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'batches-test-'))
  await writeFile(join(folder, 'ffmpeg'), wrapper)
  await chmod(join(folder, 'ffmpeg'), 0o755)
  process.env['PATH'] = folder + delimiter + searched
})
beforeEach(() => rm(join(folder, 'starts'), { force: true }))
afterAll(() => rm(folder, { recursive: true }))

/** Numbers of the processes that were started. */
const started = async (): Promise<number[]> => {
  const lines = await readFile(join(folder, 'starts'), 'utf8').catch(() => '')
  return lines.split('\n').filter(Boolean).map(Number)
}

const lives = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const path = (name: string): string => join(folder, name)
const taskOf = (file: string): FfmpegTask => ({
  ...{ path: file, format: 'mp3', startSeconds: 0, seconds: 1, sampleRateHz: 22_050, channels: 1 },
})
const outcomeOf = (batcher: FfmpegBatcher, file: string): Promise<string> =>
  batcher.run(taskOf(file), defaultLimits).then(
    () => 'ok',
    (error: unknown) => Failure.from(error).code,
  )

if (real !== null) {
  describe('a batch with a file that ffmpeg refuses', () => {
    test('is halved until that file is alone', async () => {
      const batcher = createBatcher({ processes: 1 })
      await writeFile(path('refused'), 'no header')
      const files = Array.from({ length: 16 }, (_, n) => (n === 5 ? path('refused') : clip))
      const outcomes = await Promise.all(files.map((file) => outcomeOf(batcher, file)))
      expect(outcomes).toEqual(files.map((file) => (file === clip ? 'ok' : 'decode-failed')))
      // All sixteen, then two halves of what failed, four times.
      expect(await started()).toHaveLength(1 + 2 * 4)
    })
  })

  test('every input of a batch may open files and pipes alone', async () => {
    const batcher = createBatcher({ processes: 1 })
    await Promise.all([1, 2, 3].map(() => outcomeOf(batcher, clip)))
    expect(await started()).toHaveLength(1)
    const inputs = (await readFile(path('arguments'), 'utf8')).split('\n-i\n').slice(0, -1)
    expect(inputs).toHaveLength(3)
    for (const options of inputs) expect(options).toContain('-protocol_whitelist\nfile,pipe\n')
  })

  describe('closing', () => {
    test('ends the process that runs, starts none for those who wait, and fails them all', async () => {
      const batcher = createBatcher({ processes: 1, maxBatch: 2 })
      await copyFile(clip, path('sleeper'))
      const files = Array.from({ length: 6 }, () => path('sleeper'))
      const outcomes = Promise.all(files.map((file) => outcomeOf(batcher, file)))
      await untilReady('the first process', async () => expect(await started()).toHaveLength(1))
      await batcher.close()
      const [first] = await started()
      expect(lives(first!)).toBe(false)
      expect(await outcomes).toEqual(files.map(() => 'unavailable'))
      expect(await outcomeOf(batcher, clip)).toBe('unavailable')
      expect(await started()).toHaveLength(1)
    })

    test('a pool ends its decoders and fails what is under way', async () => {
      const pool = createAudioPool({ threads: 1, decoder: 'ffmpeg' })
      const preset = presets['seed-v1']
      await copyFile(clip, path('sleeper'))
      const decoding = expect(pool.decode({ path: path('sleeper') }, preset)).rejects
      const failed = decoding.toMatchObject({ code: 'unavailable' })
      await untilReady('the process', async () => expect(await started()).toHaveLength(1))
      await pool.close()
      const [first] = await started()
      expect(lives(first!)).toBe(false)
      await failed
      await expect(pool.melImage(new Int16Array(100_000), preset)).rejects.toMatchObject({
        code: 'unavailable',
      })
    })
  })
} else await skipLoudly('batches', 'no ffmpeg on PATH')
