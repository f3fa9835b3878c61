import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { skipLoudly } from '@soundalike/testkit'
import { createBatcher } from '../src/decode/batcher.ts'
import { decode } from '../src/decode/decode.ts'
import type { DecodeEngines, DecoderChoice } from '../src/decode/engines.ts'
import { ffmpegPresent, type FfmpegTask } from '../src/decode/ffmpeg.ts'
import { decodeInProcess } from '../src/decode/in-process.ts'
import { createAudioPool, defaultLimits, presets, type AudioPool } from '../src/index.ts'
import { encodedSweeps, endOf } from './fixtures/sweep.ts'

const preset = presets['seed-v1']
const RATE_HZ = preset.pcm.sampleRateHz
const SECONDS = 66
const CENTRE_END = SECONDS / 2 + 15

const encodings: Record<string, readonly string[]> = {
  'cbr.mp3': ['-b:a', '64k'],
  'vbr.mp3': ['-q:a', '5'],
  'vbr-without-xing.mp3': ['-q:a', '5', '-write_xing', '0'],
  'aac.m4a': ['-b:a', '64k'],
  'fragments.m4a': ['-b:a', '64k', '-movflags', 'frag_keyframe+empty_moov'],
  'adts.aac': ['-b:a', '64k'],
  'vorbis.ogg': ['-c:a', 'libvorbis'],
  'opus.opus': ['-b:a', '48k'],
  'flac.flac': [],
  'flac.ogg': ['-c:a', 'flac'],
  'pcm.wav': [],
  'pcm.aiff': [],
}
const needsFfmpeg = (name: string): boolean => /\.(m4a|aac)$/.test(name)

/** Files that say of themselves how long they are, and how to make them say something else. */
const claims: Record<string, (file: Buffer, seconds: number) => void> = {
  'flac.flac': (file, seconds) => {
    const [lengthAt, mask] = [18, (1n << 36n) - 1n]
    const others = file.readBigUInt64BE(lengthAt) & ~mask
    file.writeBigUInt64BE(others | BigInt(seconds * RATE_HZ), lengthAt)
  },
  'aac.m4a': (file, seconds) => {
    const header = file.indexOf('mvhd', 0, 'latin1') + 4
    file.writeUInt32BE(seconds * file.readUInt32BE(header + 12), header + 16)
  },
  'vorbis.ogg': (file, seconds) => setLastPosition(file, seconds * RATE_HZ),
  'opus.opus': (file, seconds) => setLastPosition(file, seconds * 48_000),
  'flac.ogg': (file, seconds) => setLastPosition(file, seconds * RATE_HZ),
  'pcm.wav': (file, seconds) => {
    const bytesPerSecond = Math.round((file.length - 44) / seconds)
    file.writeUInt32LE(bytesPerSecond, file.indexOf('fmt ', 0, 'latin1') + 16)
  },
  'pcm.aiff': (file, seconds) => {
    file.writeUInt32BE(seconds * RATE_HZ, file.indexOf('COMM', 0, 'latin1') + 10)
  },
  'vbr.mp3': (file, seconds) => {
    file.writeUInt32BE(Math.round((seconds * RATE_HZ) / 576), file.indexOf('Xing') + 8)
  },
}

const setLastPosition = (ogg: Buffer, position: number): void => {
  ogg.writeBigInt64LE(BigInt(position), ogg.lastIndexOf('OggS', undefined, 'latin1') + 6)
}

const suite = (choices: readonly DecoderChoice[]): void => {
  let folder: string
  const long = (name: string): string => join(folder, 'long', name)
  const short = (name: string): string => join(folder, 'short', name)
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'centre-test-'))
    await Promise.all([mkdir(join(folder, 'long')), mkdir(join(folder, 'short'))])
    await encodedSweeps(join(folder, 'long'), SECONDS, encodings)
    await encodedSweeps(join(folder, 'short'), 20, encodings)
  })
  afterAll(() => rm(folder, { recursive: true }))

  describe.each(choices)('with %s', (decoder) => {
    let pool: AudioPool
    beforeAll(() => {
      pool = createAudioPool({ threads: 2, decoder })
    })
    afterAll(() => pool.close())

    const can = (name: string): boolean => decoder === 'ffmpeg' || !needsFfmpeg(name)

    test.each(Object.keys(encodings).filter(can))('%s gives its centre', async (name) => {
      const pcm = await pool.decode({ path: long(name) }, preset)
      expect(pcm.length / RATE_HZ).toBeCloseTo(30, 2)
      expect(Math.abs(endOf(pcm) - CENTRE_END)).toBeLessThan(0.2)
      expect(quietest(pcm)).toBeGreaterThan(5_000)
    })

    const liars = Object.keys(claims).filter(can)
    const lying = async (path: string, name: string, seconds: number): Promise<Uint8Array> => {
      const file = await readFile(path)
      claims[name]!(file, seconds)
      return file
    }

    test.each(liars)('%s that claims three hours and holds 20 s gives the 20 s', async (name) => {
      const pcm = await pool.decode(await lying(short(name), name, 10_800), preset)
      expect(pcm.length / RATE_HZ).toBeGreaterThan(18.5)
      expect(endOf(pcm)).toBeGreaterThan(18.5)
    })

    test.each(liars)('%s that claims 5 s and holds more gives its centre', async (name) => {
      const pcm = await pool.decode(await lying(long(name), name, 5), preset)
      expect(pcm.length / RATE_HZ).toBeCloseTo(30, 2)
      expect(Math.abs(endOf(pcm) - CENTRE_END)).toBeLessThan(1)
    })

    test('wav that says its sound ends after 5 s is believed', async () => {
      const file = await readFile(long('pcm.wav'))
      file.writeUInt32LE(5 * RATE_HZ * 2, file.indexOf('data', 0, 'latin1') + 4)
      expect((await pool.decode(file, preset)).length / RATE_HZ).toBeCloseTo(5, 2)
    })

    test('a name says nothing: the same bytes give the same sound', async () => {
      const misnamed = join(folder, 'misnamed.wav')
      await copyFile(long('vbr.mp3'), misnamed)
      const expected = await pool.decode({ path: long('vbr.mp3') }, preset)
      expect(same(await pool.decode({ path: misnamed }, preset), expected)).toBe(true)
    })

    test('several windows lie in the middles of equal parts', async () => {
      const windows = await pool.decodeWindows({ path: long('vbr.mp3') }, preset, 2)
      expect(windows.map(({ length }) => length / RATE_HZ)).toEqual([30, 30])
      expect(isNear(windows.map(endOf), [SECONDS / 4 + 15, (3 * SECONDS) / 4 + 15])).toBe(true)
    })

    test('there are no more windows than fit, and one is the centre', async () => {
      const input = { path: long('flac.flac') }
      expect(await pool.decodeWindows(input, preset, 9)).toHaveLength(2)
      const [only, ...others] = await pool.decodeWindows(input, preset, 1)
      expect(others).toEqual([])
      expect(same(only!, await pool.decode(input, preset))).toBe(true)
      const shortInput = { path: short('flac.flac') }
      expect(await pool.decodeWindows(shortInput, preset, 9)).toHaveLength(1)
    })

    test('several windows of a file that lies are those of what it holds', async () => {
      const file = await lying(long('flac.flac'), 'flac.flac', 10_800)
      const windows = await pool.decodeWindows(file, preset, 2)
      expect(isNear(windows.map(endOf), [SECONDS / 4 + 15, (3 * SECONDS) / 4 + 15])).toBe(true)
    })

    test('an abort ends several windows with its own reason', async () => {
      const input = { path: long('flac.flac') }
      const aborted = pool.decodeWindows(input, preset, 2, defaultLimits, AbortSignal.abort())
      await expect(aborted).rejects.toMatchObject({ code: 'timed-out' })
    })
  })

  const recorded = async (name: string): Promise<FfmpegTask[]> => {
    const tasks: FfmpegTask[] = []
    const batcher = createBatcher({ processes: 1 })
    const run: DecodeEngines['ffmpeg']['run'] = (task, ...rest) => {
      tasks.push(task)
      return batcher.run(task, ...rest)
    }
    const engines = { decoder: 'ffmpeg', ffmpeg: { run }, inProcess: decodeInProcess } as const
    await decode({ path: long(name) }, preset, defaultLimits, undefined, engines)
    return tasks
  }

  if (choices.includes('ffmpeg')) {
    const known = Object.keys(encodings).filter((name) => name !== 'fragments.m4a')
    test.each(known)('nothing but the centre of %s is decoded', async (name) => {
      const [task, ...others] = await recorded(name)
      expect(others).toEqual([])
      expect(task!.startSeconds).toBeGreaterThan(SECONDS / 2 - 17)
      expect(task!.startSeconds + task!.seconds).toBeLessThan(CENTRE_END + 0.2)
    })
  }
}

/** Jest takes seconds to compare as much. */
const same = (a: Int16Array, b: Int16Array): boolean =>
  a.length === b.length && a.every((sample, index) => sample === b[index])

/** Whether times agree to half a second. */
const isNear = (times: readonly number[], expected: readonly number[]): boolean =>
  times.length === expected.length &&
  times.every((time, index) => Math.abs(time - expected[index]!) < 0.5)

/** Root mean square of the quietest tenth of a second. */
const quietest = (pcm: Int16Array): number => {
  const block = RATE_HZ / 10
  const levels = Array.from({ length: Math.floor(pcm.length / block) }, (_, i) => {
    const samples = pcm.subarray(i * block, (i + 1) * block)
    return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / block)
  })
  return Math.min(...levels)
}

if (ffmpegPresent()) describe('the centre of a long file', () => suite(['ffmpeg', 'libraries']))
else await skipLoudly('the centre of a long file', 'no ffmpeg to make files with')
