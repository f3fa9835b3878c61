import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { skipLoudly, wav } from '@soundalike/testkit'
import { ffmpegOutput } from '../src/decode/ffmpeg-process.ts'
import { ffmpegProgram } from '../src/decode/ffmpeg-program.ts'
import { ffmpegPresent, runFfmpeg } from '../src/decode/ffmpeg.ts'
import { decodeInProcess, type InProcessTask } from '../src/decode/in-process.ts'
import { decode, defaultLimits, presets } from '../src/index.ts'

const run = promisify(execFile)
const RATE_HZ = 22_050

const together = fileURLToPath(new URL('fixtures/decode-together.ts', import.meta.url))
const inProcess = fileURLToPath(new URL('fixtures/decode-in-process.ts', import.meta.url))

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bounds-test-'))
})
afterAll(() => rm(folder, { recursive: true }))

if (ffmpegPresent()) {
  describe('what ffmpeg gives back', () => {
    const task = {
      path: '',
      format: 'mp4',
      startSeconds: 0,
      seconds: 10,
      sampleRateHz: RATE_HZ,
      channels: 1,
    } as const

    test('is bounded by size where the times in a file stand still', async () => {
      const path = join(folder, 'still.m4a')
      const sine = ['-f', 'lavfi', '-i', 'sine=440:duration=90']
      await run(ffmpegProgram()!, [...sine, '-ar', '22050', '-c:a', 'aac', '-b:a', '8k', path])
      await writeFile(path, withFramesOfOneTick(await readFile(path)))
      const outputs = await runFfmpeg(Array(3).fill({ ...task, path }), defaultLimits)
      const seconds = outputs.map(({ length }) => length / RATE_HZ)
      expect(Math.min(...seconds)).toBeGreaterThan(10)
      expect(Math.max(...seconds)).toBeLessThan(12)
    })

    test('is refused when it does not end', async () => {
      const endless = ['-v', 'error', '-f', 'lavfi', '-i', 'sine', '-f', 's16le']
      await expect(ffmpegOutput(endless, 100_000, defaultLimits)).rejects.toMatchObject({
        code: 'decode-failed',
        message: 'more than 100000 bytes came out',
      })
    })
  })
} else await skipLoudly('what ffmpeg gives back', 'no ffmpeg on PATH')

/** The table "time to sample" of an MP4 file, with frames that take no time. */
const withFramesOfOneTick = (mp4: Buffer): Buffer => {
  const table = mp4.indexOf('stts', 0, 'latin1') + 8
  for (let entry = 0; entry < mp4.readUInt32BE(table); entry++) {
    mp4.writeUInt32BE(1, table + 8 + entry * 8)
  }
  return mp4
}

test('a sample rate that no recording has is refused before anything is decoded', async () => {
  const file = wav(new Float64Array(100_000))
  file.writeUInt32LE(1_700_000_000, 24)
  await expect(decode(file, presets['seed-v1'])).rejects.toMatchObject({
    code: 'decode-failed',
    message: expect.stringContaining('1700000000'),
  })
})

describe('what the libraries give back', () => {
  /** Node with the decoders takes about 100 MiB before there is any sound. */
  const MOST_MIB = 500

  /** Decodes a file in a process of its own, so that its memory can be measured. */
  const decodeAlone = async (
    format: string,
    bytes: Uint8Array,
    [startSeconds, seconds]: [number, number],
  ): Promise<{ outcome: number | string; peakMiB: number }> => {
    const path = join(folder, 'alone')
    await writeFile(path, bytes)
    const numbers = [startSeconds, seconds].map(String)
    const env = { ...process.env, NODE_OPTIONS: '' }
    const args = [inProcess, format, ...numbers, path]
    const { stdout } = await run(process.execPath, args, { env })
    return JSON.parse(stdout) as { outcome: number | string; peakMiB: number }
  }

  /** Claims 65,535 channels, in fewer bytes than that. */
  const crowdedWav = (format: 1 | 3, frameBytes: number): Buffer => {
    const file = wav(new Float64Array(4_000_000), { format })
    file.writeUInt16LE(0xffff, 22)
    file.writeUInt16LE(frameBytes, 32)
    return file
  }
  /** Claims a thousand times the sound that fits into its bytes. */
  const compressedAiff = (): Buffer => {
    const comm = Buffer.alloc(30)
    comm.write('COMM\0\0\0\x16', 'latin1')
    comm.writeUInt16BE(2, 8)
    comm.writeUInt32BE(4_000_000, 10)
    comm.writeUInt16BE(16, 14)
    comm.set([0x40, 0x0d, 0xac, 0x44], 16)
    comm.write('ima4', 26, 'latin1')
    const sound = Buffer.alloc(100_000)
    sound.write('SSND', 'latin1')
    sound.writeUInt32BE(sound.length - 8, 4)
    const form = Buffer.from('FORM\0\0\0\0AIFC', 'latin1')
    form.writeUInt32BE(4 + comm.length + sound.length, 4)
    return Buffer.concat([form, comm, sound])
  }
  test.each<[string, string, () => Buffer]>([
    ['integers of more channels than bytes', 'wav', () => crowdedWav(1, 4)],
    ['floating-point numbers of more channels than bytes', 'wav', () => crowdedWav(3, 1)],
    ['blocks that are not there', 'aiff', compressedAiff],
  ])('is refused where a header promises %s', async (_, format, make) => {
    const { outcome, peakMiB } = await decodeAlone(format, make(), [0, 30])
    expect(outcome).toBe('decode-failed')
    expect(peakMiB).toBeLessThan(MOST_MIB)
  })

  test('is refused where the second of two streams claims 255 channels', async () => {
    const good = await readFile(new URL('fixtures/clip-opus.opus', import.meta.url))
    const bad = Buffer.from(good)
    bad[bad.indexOf('OpusHead') + 9] = 255
    const input = Buffer.concat([good, bad])
    const stretch = { startSeconds: 0, seconds: 30, sampleRateHz: RATE_HZ }
    const task = { input, maxBytes: input.length, offsetBytes: 0, format: 'ogg-opus', ...stretch }
    await expect(decodeInProcess(task as InProcessTask)).rejects.toMatchObject({
      code: 'decode-failed',
      message: 'bad header: 255 channels',
    })
  })

  if (ffmpegPresent()) {
    const makeBomb = async (name: string, options: string[]): Promise<Buffer> => {
      const path = join(folder, name)
      const silence = ['-f', 'lavfi', '-i', 'anullsrc=r=8000:cl=7.1:d=1500']
      const codec = ['-c:a', 'flac', '-frame_size', '65535']
      await run(ffmpegProgram()!, ['-v', 'error', ...silence, ...codec, ...options, path])
      return readFile(path)
    }
    test.each([
      ['flac', 'bomb.flac', []],
      ['ogg-flac', 'bomb.ogg', ['-page_duration', '2000000000']],
    ])(
      'of a bomb is no more than was asked for: %s',
      async (format, name, options) => {
        const bomb = await makeBomb(name, options)
        // Eight channels of floating-point numbers would be 366 MiB.
        expect(bomb.length).toBeLessThan(100_000)
        const { outcome, peakMiB } = await decodeAlone(format, bomb, [1_400, 30])
        expect(outcome).toBeCloseTo(30, 1)
        expect(peakMiB).toBeLessThan(MOST_MIB)
      },
      120_000,
    )
  }
})

describe('a program in the current folder', () => {
  const clip = fileURLToPath(new URL('fixtures/clip-cbr.mp3', import.meta.url))

  /** Decodes a clip beside programs that leave a mark when they are run. */
  const decodeBesideDecoys = async (path: string): Promise<string> => {
    for (const name of ['ffmpeg', 'avconv']) {
      await writeFile(join(folder, name), '#!/bin/sh\necho run >> decoy-was-run\n')
      await chmod(join(folder, name), 0o755)
    }
    const env = { ...process.env, NODE_OPTIONS: '', PATH: path }
    const { stdout } = await run(process.execPath, [together, '20000', '1', clip], {
      env,
      cwd: folder,
    })
    expect(await readdir(folder)).not.toContain('decoy-was-run')
    return stdout
  }

  test.each(['', '.', ':.:', '/nowhere'])('is not run with the PATH "%s"', async (path) => {
    expect(await decodeBesideDecoys(path)).toBe('{"clip-cbr.mp3":"unavailable"}')
  })

  if (ffmpegPresent()) {
    test('does not come before the real one', async () => {
      const path = `.:${process.env['PATH'] ?? ''}`
      expect(await decodeBesideDecoys(path)).toBe('{"clip-cbr.mp3":"ok"}')
    })
  }
})
