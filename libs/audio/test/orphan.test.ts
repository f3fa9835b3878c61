import { spawn } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { expect, test } from '@jest/globals'
import { skipLoudly, untilReady } from '@soundalike/testkit'
import which from 'which'

const real = await which('ffmpeg', { nothrow: true })
const searched = process.env['PATH'] ?? ''

/** Runs an ffmpeg that never ends by itself and writes nothing. */
const program = `
const { ffmpegOutput } = await import(${JSON.stringify(new URL('../src/decode/ffmpeg-process.ts', import.meta.url).href)})
const endless = ['-v', 'error', '-f', 'lavfi', '-i', 'sine', '-f', 'null']
await ffmpegOutput(endless, 1, { timeoutMs: 1_000, maxMemoryBytes: 1e9 })
`

if (real !== null) {
  test('a decoder whose parent was killed ends by itself', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'orphan-test-'))
    try {
      const noted = join(folder, 'started')
      await writeFile(join(folder, 'ffmpeg'), `#!/bin/sh\necho $$ > ${noted}\nexec ${real} "$@"\n`)
      await chmod(join(folder, 'ffmpeg'), 0o755)
      const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
        env: { ...process.env, NODE_OPTIONS: '', PATH: folder + delimiter + searched },
        stdio: 'ignore',
      })
      const decoder = await untilReady('the decoder', async () => {
        const text = await readFile(noted, 'utf8')
        expect(text).toMatch(/^\d+\n$/)
        return Number(text)
      })
      parent.kill('SIGKILL')
      const ended = expect.objectContaining({ code: 'ESRCH' })
      const signalled = async (): Promise<boolean> => process.kill(decoder, 0)
      await untilReady('its end', () => expect(signalled()).rejects.toEqual(ended))
    } finally {
      await rm(folder, { recursive: true })
    }
  })
} else await skipLoudly('an orphan', 'no ffmpeg on PATH')
