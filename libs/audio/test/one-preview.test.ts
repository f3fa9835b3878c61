import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Failure } from '@soundalike/contracts'
import { skipLoudly, wav } from '@soundalike/testkit'
import { createBatcher } from '../src/decode/batcher.ts'
import { decode } from '../src/decode/decode.ts'
import { plainEngines, type DecodeEngines } from '../src/decode/engines.ts'
import { ffmpegProgram } from '../src/decode/ffmpeg-program.ts'
import { ffmpegPresent, type FfmpegTask } from '../src/decode/ffmpeg.ts'
import { decodeInProcess, type InProcessTask } from '../src/decode/in-process.ts'
import { deviation } from '../src/decode/sound.ts'
import { defaultLimits, presets } from '../src/index.ts'

const preset = presets['seed-v1']
const { sampleRateHz, windowSeconds } = preset.pcm

const enginesWith = (run: DecodeEngines['ffmpeg']['run']): DecodeEngines => ({
  decoder: 'ffmpeg',
  ffmpeg: { run },
  inProcess: decodeInProcess,
})

describe('the time for one preview', () => {
  const limits = { ...defaultLimits, timeoutMs: 200 }
  // Longer than a window and silent, so that there is a step after the other: a stretch, its sides, everything.
  const silence = wav(new Float64Array(40 * 1_000), { rateHz: 1_000 })

  /** Decodes to nothing but silence, much too little of it, in steps of half of the time for all. */
  const slowly = async (stepsMs: number[]): Promise<Int16Array> => {
    const engines = enginesWith(async (_, { timeoutMs }, signal) => {
      stepsMs.push(timeoutMs)
      await setTimeout(limits.timeoutMs / 2)
      if (signal?.aborted === true) throw new Failure('timed-out', 'decoding was aborted')
      return new Int16Array(sampleRateHz)
    })
    return decode(silence, preset, limits, undefined, engines)
  }

  test('is one for all steps: each gets what is left, and the last is cut short', async () => {
    const stepsMs: number[] = []
    await expect(slowly(stepsMs)).rejects.toMatchObject({
      code: 'timed-out',
      message: 'decoding took longer than 200 ms',
    })
    expect(stepsMs[0]).toBeLessThanOrEqual(200)
    expect(stepsMs.slice(1).every((timeoutMs) => timeoutMs < 150)).toBe(true)
    expect(stepsMs.length).toBeLessThan(4)
  })

  test('holds on the calling thread as well', async () => {
    const engines: DecodeEngines = { ...plainEngines, decoder: 'libraries' }
    const long = wav(new Float64Array(60 * 8_000), { rateHz: 8_000 })
    const late = decode(long, preset, { ...limits, timeoutMs: 1 }, undefined, engines)
    await expect(late).rejects.toMatchObject({ message: 'decoding took longer than 1 ms' })
  })

  test('does not hide that the caller gave up', async () => {
    const caller = AbortSignal.abort()
    const engines = enginesWith(() => Promise.reject(new Failure('timed-out', 'aborted')))
    const aborted = decode(silence, preset, defaultLimits, caller, engines)
    await expect(aborted).rejects.toMatchObject({ code: 'timed-out', message: 'aborted' })
  })
})

test('a file without ffmpeg is read where it is decoded, not handed over', async () => {
  const path = fileURLToPath(new URL('fixtures/clip-flac.flac', import.meta.url))
  const tasks: InProcessTask[] = []
  const inProcess: DecodeEngines['inProcess'] = (task) => {
    tasks.push(task)
    return decodeInProcess(task)
  }
  const engines: DecodeEngines = { ...plainEngines, decoder: 'libraries', inProcess }
  const pcm = await decode({ path }, preset, defaultLimits, undefined, engines)
  expect(pcm.length).toBe(4 * sampleRateHz)
  expect(tasks.map(({ input }) => input)).toEqual([{ path }])
  expect(JSON.stringify(tasks[0]).length).toBeLessThan(1_000)
})

if (ffmpegPresent()) {
  describe('a quiet preview of a length that is nowhere written', () => {
    let folder: string
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'one-preview-test-'))
    })
    afterAll(() => rm(folder, { recursive: true }))

    /** Decodes what a source of ffmpeg makes, and tells which stretches were decoded for that. */
    const decodeFragments = async (source: string) => {
      const path = join(folder, 'x.m4a')
      const encode = ['-c:a', 'aac', '-b:a', '32k', '-movflags', 'frag_keyframe+empty_moov']
      const args = ['-v', 'error', '-y', '-f', 'lavfi', '-i', source, ...encode, path]
      await promisify(execFile)(ffmpegProgram()!, args)
      const tasks: FfmpegTask[] = []
      const batcher = createBatcher({ processes: 1 })
      const engines = enginesWith((task, ...rest) => {
        tasks.push(task)
        return batcher.run(task, ...rest)
      })
      const pcm = await decode({ path }, preset, defaultLimits, undefined, engines).catch(
        (error: unknown) => Failure.from(error).code,
      )
      return { pcm, tasks }
    }
    const longestOf = (tasks: readonly FfmpegTask[], channels: 1 | 2): number =>
      Math.max(...tasks.filter((task) => task.channels === channels).map(({ seconds }) => seconds))

    test('is decoded in stereo in its window only', async () => {
      const { pcm, tasks } = await decodeFragments('anullsrc=r=8000:cl=stereo:d=120')
      expect(pcm).toBe('silent')
      expect(longestOf(tasks, 1)).toBe(defaultLimits.maxSeconds)
      expect(longestOf(tasks, 2)).toBeLessThanOrEqual(windowSeconds + 1)
    })

    test('is heard through a side there when the sides cancel each other out', async () => {
      const tone = (sign: '' | '-') => `${sign}0.4*sin(2*PI*440*t)*gt(t\\,60)`
      const { pcm } = await decodeFragments(`aevalsrc=${tone('')}|${tone('-')}:s=8000:d=120`)
      // The window lies from 45 to 75 s; the silence before the tone is cut off.
      expect((pcm as Int16Array).length / sampleRateHz).toBeCloseTo(15, 0)
      expect(deviation(pcm as Int16Array)).toBeGreaterThan(5_000)
    })
  })
} else await skipLoudly('a quiet preview of a length that is nowhere written', 'no ffmpeg on PATH')
