import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { skipLoudly } from '@soundalike/testkit'
import { ffmpegOutput } from '../src/decode/ffmpeg-process.ts'
import { ffmpegProgram } from '../src/decode/ffmpeg-program.ts'
import { ffmpegPresent, runFfmpeg } from '../src/decode/ffmpeg.ts'
import { defaultLimits } from '../src/index.ts'

const run = promisify(execFile)
const RATE_HZ = 22_050

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

describe('a program in the current folder', () => {
  const script = fileURLToPath(new URL('fixtures/decode-together.ts', import.meta.url))
  const clip = fileURLToPath(new URL('fixtures/clip-cbr.mp3', import.meta.url))

  /** Decodes a clip beside programs that leave a mark when they are run. */
  const decodeBesideDecoys = async (path: string): Promise<string> => {
    for (const name of ['ffmpeg', 'avconv']) {
      await writeFile(join(folder, name), '#!/bin/sh\necho run >> decoy-was-run\n')
      await chmod(join(folder, name), 0o755)
    }
    const env = { ...process.env, NODE_OPTIONS: '', PATH: path }
    const { stdout } = await run(process.execPath, [script, '20000', '1', clip], {
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
