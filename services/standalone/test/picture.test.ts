import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { skipLoudly, untilReady, wav } from '@soundalike/testkit'
import { Command } from 'commander'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { addPictureCommand } from '../src/picture.ts'

let folder: string
let file: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'soundalike-picture-'))
  file = join(folder, 'tone.wav')
  const rateHz = 22_050
  const samples = Array.from({ length: 4 * rateHz }, (_, i) => 0.3 * Math.sin(i / 10))
  await writeFile(file, wav(samples, { rateHz, channels: 1 }))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** What the command says on standard error; throws where it refuses its options. */
const picture = async (...options: string[]): Promise<void> => {
  const program = new Command('soundalike')
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
  addPictureCommand(program)
  await program.parseAsync(['picture', file, ...options], { from: 'user' })
}

it.each([
  ['--from', 'abc', 'from 0 to 3600'],
  ['--from', '-1', 'from 0 to 3600'],
  ['--from', '', 'from 0 to 3600'],
  ['--from', 'NaN', 'from 0 to 3600'],
  ['--seconds', '0', 'from 0.001 to 3600'],
  ['--seconds', 'Infinity', 'from 0.001 to 3600'],
  ['--seconds', '2s', 'from 0.001 to 3600'],
  ['--preset', 'lo-fi', 'seed-v1, hires'],
  ['--kind', 'sonogram', 'waveform, mel'],
])('refuses %s %s and says what it takes', async (option, value, takes) => {
  const kind = option === '--kind' ? [] : ['--kind', 'waveform']
  await expect(picture(...kind, option, value)).rejects.toThrow(takes)
})

it('refuses a stretch of what is always shown whole', async () => {
  await expect(picture('--kind', 'mel', '--from', '1')).rejects.toThrow('--kind waveform')
})

it('draws a stretch of a waveform, however its seconds are written', async () => {
  const [whole, part, same] = ['whole.png', 'part.png', 'same.png'].map((name) =>
    join(folder, name),
  )
  await picture('--kind', 'waveform', '--out', whole!)
  await picture('--kind', 'waveform', '--from', '1.5', '--seconds', '0.25', '--out', part!)
  await picture('--kind', 'waveform', '--from', '15e-1', '--seconds', '.25', '--out', same!)
  const [a, b, c] = await Promise.all([whole!, part!, same!].map((path) => readFile(path)))
  expect(a!.subarray(1, 4).toString('latin1')).toBe('PNG')
  expect(a!.equals(b!)).toBe(false)
  expect(b!.equals(c!)).toBe(true)
})

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const plain = { ...process.env, NODE_OPTIONS: '' }

it.each([
  ['', 'not-a-file', 'Name a sound file'],
  ['absent.mp3', 'no-preview', 'Name a sound file'],
])('says of "%s" what to do here', async (name, code, remedy) => {
  const path = join(folder, name)
  const run = promisify(execFile)(process.execPath, [main, 'picture', path], { env: plain })
  const { stderr } = (await run.catch((error: unknown) => error)) as { stderr: string }
  expect(stderr).toContain(`soundalike: ${path}: `)
  expect(stderr).toContain(`[${code}]\n  ${remedy}`)
})

/** Says its process number and never ends. */
const sleeper = `#!/bin/sh
echo $$ > "$(dirname "$0")/started"
exec sleep 60
`

if (process.platform !== 'win32') {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'leaves no decoder and no temporary files after %s',
    async (signal) => {
      const bin = join(folder, signal)
      const temporary = join(bin, 'temporary')
      await mkdir(temporary, { recursive: true })
      await writeFile(join(bin, 'ffmpeg'), sleeper)
      await chmod(join(bin, 'ffmpeg'), 0o755)
      const env = {
        ...plain,
        PATH: bin + delimiter + (process.env['PATH'] ?? ''),
        TMPDIR: temporary,
      }
      const child = spawn(process.execPath, [main, 'picture', file], { env, stdio: 'ignore' })
      const ended = once(child, 'exit')
      await untilReady('the decoder', () => access(join(bin, 'started')))
      expect(await readdir(temporary)).not.toEqual([])
      child.kill(signal)
      expect(await ended).toEqual([130, null])
      expect(await readdir(temporary)).toEqual([])
      const decoder = Number(await readFile(join(bin, 'started'), 'utf8'))
      expect(() => process.kill(decoder, 0)).toThrow('ESRCH')
    },
  )
} else await skipLoudly('signals', 'Windows has none')
