import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import { skipLoudly } from '@soundalike/testkit'
import { ffmpegPresent } from '../src/decode/ffmpeg.ts'

const run = promisify(execFile)

/**
 * Stands before ffmpeg on PATH: dies when it is given the wrong file, or waits for ever, or for another of its kind,
 * and counts its starts.
 */
const wrapper = `#!/bin/sh
echo start >> "$(dirname "$0")/starts"
real=$(PATH=\${PATH#*:} command -v ffmpeg)
case "$*" in
  *killer*|*meet-a*meet-b*) kill -SEGV $$ ;;
  *sleeper*) exec sleep 60 ;;
  *meet-a*) touch "$0.a"; until [ -e "$0.b" ]; do sleep 0.05; done ;;
  *meet-b*) touch "$0.b"; until [ -e "$0.a" ]; do sleep 0.05; done ;;
esac
exec "$real" "$@"
`

interface Report {
  readonly outcomes: Record<string, string>
  readonly starts: number
  readonly leftovers: string[]
}

/**
 * Decodes the named copies of one clip at once, in a process of its own with a decoder that misbehaves. Those named
 * `late…` are asked for when the first of the others has its answer. Outcomes come in the order of the answers.
 */
const decodeTogether = async (names: string[], timeoutMs: number, threads = 1): Promise<Report> => {
  const folder = await mkdtemp(join(tmpdir(), 'isolation-test-'))
  try {
    await writeFile(join(folder, 'ffmpeg'), wrapper)
    await chmod(join(folder, 'ffmpeg'), 0o755)
    const clip = await readFile(new URL('fixtures/clip-cbr.mp3', import.meta.url))
    for (const name of names) await writeFile(join(folder, name), clip)
    const script = fileURLToPath(new URL('fixtures/decode-together.ts', import.meta.url))
    const environment = {
      ...process.env,
      NODE_OPTIONS: '',
      PATH: `${folder}:${process.env['PATH'] ?? ''}`,
      TMPDIR: folder,
    }
    const files = names.map((name) => join(folder, name))
    const numbers = [timeoutMs, threads].map(String)
    const { stdout } = await run(process.execPath, [script, ...numbers, ...files], {
      env: environment,
    })
    const starts = (await readFile(join(folder, 'starts'), 'utf8')).trim().split('\n').length
    const leftovers = (await readdir(folder)).filter((name) => name.startsWith('soundalike-'))
    return { outcomes: JSON.parse(stdout) as Record<string, string>, starts, leftovers }
  } finally {
    await rm(folder, { recursive: true })
  }
}

if (ffmpegPresent()) {
  describe('a decoder process', () => {
    const good = ['a.mp3', 'b.mp3', 'c.mp3', 'd.mp3', 'e.mp3']

    test('is shared by what is asked for together', async () => {
      const { outcomes, starts } = await decodeTogether(good, 20_000)
      expect(new Set(Object.values(outcomes))).toEqual(new Set(['ok']))
      expect(starts).toBe(1)
    })

    test('that dies takes only the file it died of with it', async () => {
      const { outcomes, leftovers } = await decodeTogether([...good, 'killer.mp3'], 20_000)
      expect(outcomes['killer.mp3']).toBe('decoder-crashed')
      for (const name of good) expect(outcomes[name]).toBe('ok')
      expect(leftovers).toEqual([])
    })

    test('that hangs is killed, and the others are decoded', async () => {
      const few = good.slice(0, 2)
      const { outcomes, leftovers } = await decodeTogether([...few, 'sleeper.mp3'], 16_000)
      expect(outcomes['sleeper.mp3']).toBe('timed-out')
      for (const name of few) expect(outcomes[name]).toBe('ok')
      expect(leftovers).toEqual([])
    })

    test('gets one of the files that failed together, on every core at once', async () => {
      const { outcomes } = await decodeTogether(['meet-a.mp3', 'meet-b.mp3'], 40_000, 2)
      expect(outcomes).toEqual({ 'meet-a.mp3': 'ok', 'meet-b.mp3': 'ok' })
    })

    test('is left for those who come while others hang again', async () => {
      // Two batches, of four and of three. One good file in each has its answer when there are sleepers left to try.
      const sleepers = ['sleeper-0.mp3', 'sleeper-1.mp3', 'sleeper-2.mp3']
      const more = ['sleeper-3.mp3', 'sleeper-4.mp3']
      const names = ['a.mp3', ...sleepers, 'b.mp3', ...more, 'late.mp3']
      const { outcomes } = await decodeTogether(names, 10_000, 2)
      expect(outcomes).toMatchObject({ 'a.mp3': 'ok', 'b.mp3': 'ok', 'late.mp3': 'ok' })
      expect(Object.keys(outcomes).at(-1)).toMatch(/^sleeper/)
    })
  })
} else await skipLoudly('a decoder process', 'no ffmpeg on PATH')
