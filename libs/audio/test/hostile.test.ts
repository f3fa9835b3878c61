import { execFile } from 'node:child_process'
import {
  appendFile,
  chmod,
  copyFile,
  link,
  mkdtemp,
  readFile,
  rm,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Failure } from '@soundalike/contracts'
import { skipLoudly, wav } from '@soundalike/testkit'
import { ffmpegProgram } from '../src/decode/ffmpeg-program.ts'
import {
  createAudioPool,
  ffmpegPresent,
  melImage,
  presets,
  type AudioPool,
  type DecoderChoice,
} from '../src/index.ts'
import { signalPcm } from './fixtures/signals.ts'

const run = promisify(execFile)
const preset = presets['seed-v1']
const RATE_HZ = preset.pcm.sampleRateHz
const tune = Float64Array.from(signalPcm('tune', RATE_HZ), (sample) => sample / 32_768)

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hostile-test-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** The first seconds of the tune, encoded by ffmpeg. */
const encoded = async (name: string, seconds: number, options: string[] = []): Promise<string> => {
  const [source, path] = [join(folder, `${name}.source.wav`), join(folder, name)]
  await writeFile(source, wav(tune.subarray(0, seconds * RATE_HZ)))
  await run(ffmpegProgram()!, ['-v', 'error', '-y', '-i', source, ...options, path])
  return path
}

const choices: DecoderChoice[] = ffmpegPresent() ? ['ffmpeg', 'libraries'] : ['libraries']
if (!ffmpegPresent()) await skipLoudly('hostile files that ffmpeg makes', 'no ffmpeg on PATH')

describe.each(choices)('hostile files, decoded with %s', (decoder) => {
  let pool: AudioPool
  beforeAll(() => {
    pool = createAudioPool({ threads: 2, decoder })
  })
  afterAll(() => pool.close())

  /** Seconds of sound, or the code of the failure. */
  const outcomeOf = (input: Uint8Array | { path: string }): Promise<number | string> =>
    pool.decode(input, preset).then(
      (pcm) => pcm.length / RATE_HZ,
      (error: unknown) => Failure.from(error).code,
    )

  test('eight channels are mixed down', async () => {
    const surround = Float64Array.from({ length: 5 * RATE_HZ * 8 }, (_, i) => tune[i >> 3]! / 2)
    const pcm = await pool.decode(wav(surround, { channels: 8 }), preset)
    expect(pcm.length / RATE_HZ).toBeCloseTo(5, 1)
    // ffmpeg weighs the channels, so the level may differ; its shape may not.
    const peak = (from: number) => Math.max(...pcm.subarray(from, from + RATE_HZ).map(Math.abs))
    expect(peak(RATE_HZ)).toBeGreaterThan(1_000)
  })

  test('noise clipped at full scale is a sound like any other', async () => {
    const noise = Float64Array.from({ length: 10 * RATE_HZ }, (_, i) =>
      Math.imul(i + 1, 2_654_435_761) < 0 ? -1 : 32_767 / 32_768,
    )
    const pcm = await pool.decode(wav(noise), preset)
    const image = melImage(pcm, preset)
    expect(image.length).toBe(preset.mel.bands * preset.mel.columns)
    expect(Math.max(...image)).toBe(255)
  })

  test('a header that claims six hours over two seconds gets two seconds', async () => {
    const file = wav(tune.subarray(0, 2 * RATE_HZ), { claimedBytes: 0xffff_fff0 })
    expect(await outcomeOf(file)).toBe('too-short')
  })

  test('a header that claims one second over thirty gets the same answer every time', async () => {
    const file = wav(tune.subarray(0, 30 * RATE_HZ), { claimedBytes: 2 * RATE_HZ })
    const first = await outcomeOf(file)
    expect(['too-short', 30]).toContain(first)
    expect(await outcomeOf(file)).toBe(first)
  })

  test('one file under two names, and bytes without a name, give one answer', async () => {
    const paths = [join(folder, 'one.wav'), join(folder, 'two.mp3')] as const
    await writeFile(paths[0], wav(tune.subarray(0, 4 * RATE_HZ)))
    await rm(paths[1], { force: true })
    await link(paths[0], paths[1])
    const inputs = [{ path: paths[0] }, { path: paths[1] }, await readFile(paths[0])]
    const [one, two, bytes] = await Promise.all(inputs.map((input) => pool.decode(input, preset)))
    expect(two).toEqual(one)
    expect(bytes).toEqual(one)
  })

  test('a file that grows while it is read is read', async () => {
    const path = join(folder, 'growing.wav')
    await writeFile(path, wav(tune.subarray(0, 5 * RATE_HZ), { claimedBytes: 0xffff_fff0 }))
    const outcome = outcomeOf({ path })
    for (let i = 0; i < 20; i++) await appendFile(path, Buffer.alloc(RATE_HZ / 5, 1))
    expect(await outcome).toBeGreaterThanOrEqual(5)
  })

  test('a file that may not be read is refused as such', async () => {
    const path = join(folder, 'unreadable.wav')
    await writeFile(path, wav(tune))
    await chmod(path, 0)
    expect(await withoutPrivileges(() => outcomeOf({ path }))).toBe('forbidden')
    await rm(path)
  })

  if (!ffmpegPresent()) return

  test('three hours of silence are found silent, in a bound of sound', async () => {
    const options = ['-af', 'volume=0', '-ar', '8000', '-b:a', '8k', '-write_xing', '0']
    const path = await encoded('silence.mp3', 30, [...options, '-id3v2_version', '0'])
    const halfMinute = await readFile(path)
    const hours = Buffer.concat(Array<Buffer>(360).fill(halfMinute))
    expect(hours.length).toBeGreaterThan(10_000_000)
    expect(await outcomeOf(hours)).toBe('silent')
  })

  test('a file cut off is as long as what is left of it', async () => {
    const whole = await readFile(await encoded('whole.mp3', 30, ['-b:a', '96k']))
    const left = await outcomeOf(whole.subarray(0, 0.37 * whole.length))
    expect(left).toBeGreaterThan(10.5)
    expect(left).toBeLessThan(11.5)
  })

  test('MP3 under the name of WAV is taken for what it is', async () => {
    const path = join(folder, 'mp3.wav')
    await copyFile(await encoded('named.mp3', 5), path)
    expect(await outcomeOf({ path })).toBeCloseTo(5, 0)
  })

  const picture = ['-f', 'lavfi', '-i', 'color=red:size=600x600:duration=0.04', '-frames:v', '1']
  const cover = [
    ...picture,
    '-map',
    '0',
    '-map',
    '1',
    '-c:v',
    'mjpeg',
    '-disposition:v',
    'attached_pic',
  ]
  test.each([
    ['cover art', cover],
    [
      'markup and long tags',
      ['-metadata', 'title=<script>', '-metadata', `album=${'a'.repeat(5000)}`],
    ],
  ])('%s change nothing', async (_, options) => {
    for (const extension of decoder === 'ffmpeg' ? ['mp3', 'flac', 'm4a'] : ['mp3', 'flac']) {
      const plain = await pool.decode({ path: await encoded(`plain.${extension}`, 5) }, preset)
      const dressed = await encoded(`dressed.${extension}`, 5, options)
      expect(await pool.decode({ path: dressed }, preset)).toEqual(plain)
    }
  })
})

/** As a user who may not read everything, which the system's administrator may. */
const withoutPrivileges = async <T>(work: () => Promise<T>): Promise<T> => {
  const NOBODY = 65_534
  const isRoot = process.geteuid?.() === 0
  if (isRoot) process.seteuid?.(NOBODY)
  try {
    return await work()
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
}
