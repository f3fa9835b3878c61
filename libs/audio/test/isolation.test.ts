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

/** Stands before ffmpeg on PATH: dies when it is given the wrong file, or waits for ever, or counts its starts. */
const wrapper = `#!/bin/sh
echo start >> "$(dirname "$0")/starts"
real=$(PATH=\${PATH#*:} command -v ffmpeg)
case "$*" in
  *killer*) kill -SEGV $$ ;;
  *sleeper*) exec sleep 60 ;;
esac
exec "$real" "$@"
`

interface Report {
  readonly outcomes: Record<string, string>
  readonly starts: number
  readonly leftovers: string[]
}

/** Decodes the named copies of one clip at once, in a process of its own with a decoder that misbehaves. */
const decodeTogether = async (names: string[], timeoutMs: number): Promise<Report> => {
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
    const { stdout } = await run(process.execPath, [script, String(timeoutMs), ...files], {
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
      // One start finds out that ffmpeg is there, one decodes.
      expect(starts).toBe(2)
    })

    test('that dies takes only the file it died of with it', async () => {
      const { outcomes, leftovers } = await decodeTogether([...good, 'killer.mp3'], 20_000)
      expect(outcomes['killer.mp3']).toBe('decoder-crashed')
      for (const name of good) expect(outcomes[name]).toBe('ok')
      expect(leftovers).toEqual([])
    })

    test('that hangs is killed, and the others are decoded', async () => {
      const { outcomes, leftovers } = await decodeTogether([...good, 'sleeper.mp3'], 3_000)
      expect(outcomes['sleeper.mp3']).toBe('timed-out')
      for (const name of good) expect(outcomes[name]).toBe('ok')
      expect(leftovers).toEqual([])
    })
  })
} else await skipLoudly('a decoder process', 'no ffmpeg on PATH')
