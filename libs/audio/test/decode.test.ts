import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Failure, type FailureCode } from '@soundalike/contracts'
import { skipLoudly, wav } from '@soundalike/testkit'
import {
  createAudioPool,
  defaultLimits,
  melImage,
  presets,
  type AudioPool,
  type DecoderChoice,
} from '../src/index.ts'
import { ffmpegPresent } from '../src/decode/ffmpeg.ts'
import { signalPcm } from './fixtures/signals.ts'

const preset = presets['seed-v1']
const RATE_HZ = preset.pcm.sampleRateHz
const tune = signalPcm('tune', RATE_HZ)
const noise = signalPcm('noise', RATE_HZ)
const tuneSamples = Float64Array.from(tune, (sample) => sample / 32_768)

const clip = (name: string): Promise<Buffer> =>
  readFile(new URL(`fixtures/clip-${name}`, import.meta.url))

const seconds = (pcm: Int16Array): number => pcm.length / RATE_HZ

/** Levels below this are hiss between the chords, which codecs at these bit rates throw away. */
const HEARD = 128

/** Mean level of each band, which neither a shift in time nor a lost edge changes much. */
const profile = (pcm: Int16Array): number[] => {
  const { bands, columns } = preset.mel
  const image = melImage(pcm, preset)
  return Array.from({ length: bands }, (_, band) => {
    let sum = 0
    for (const level of image.subarray(band * columns, (band + 1) * columns)) {
      sum += level > HEARD ? level : HEARD
    }
    return sum / columns
  })
}

/** Mean distance between two profiles, in levels of 255. */
const distance = (a: Int16Array, b: Int16Array): number => {
  const [left, right] = [profile(a), profile(b)]
  return left.reduce((sum, x, i) => sum + Math.abs(x - right[i]!), 0) / left.length
}

/** A sine of whole periods, so that it can be copied. */
const sine = (length: number, period: number, amplitude: number): Float64Array => {
  const one = Float64Array.from(
    { length: period },
    (_, i) => amplitude * Math.sin((2 * Math.PI * i) / period),
  )
  return new Float64Array(length).map((_, i) => one[i % period]!)
}

const choices: DecoderChoice[] = ffmpegPresent() ? ['ffmpeg', 'libraries'] : ['libraries']
if (!ffmpegPresent()) await skipLoudly('decoding with ffmpeg', 'no ffmpeg on PATH')

describe.each(choices)('decoding with %s', (decoder) => {
  let pool: AudioPool
  let folder: string
  beforeAll(async () => {
    pool = createAudioPool({ threads: 2, decoder })
    folder = await mkdtemp(join(tmpdir(), 'soundalike-test-'))
  })
  afterAll(async () => {
    await pool.close()
    await rm(folder, { recursive: true })
  })

  const decode = (input: Uint8Array | { path: string }, limits = defaultLimits) =>
    pool.decode(input, preset, limits)
  const failure = async (input: Uint8Array | { path: string }, limits = defaultLimits) => {
    const outcome: unknown = await decode(input, limits).catch((error: unknown) => error)
    expect(outcome).toBeInstanceOf(Failure)
    return (outcome as Failure).code
  }

  const formats = [
    ...['cbr.mp3', 'vbr.mp3', 'mono-8khz.mp3', 'vorbis.ogg', 'opus.opus'],
    ...['flac.flac', 'flac.ogg', 'pcm.aiff'],
    ...(decoder === 'ffmpeg' ? ['aac.m4a', 'adts.aac'] : []),
  ]
  test.each(formats)('%s sounds like what it was made from', async (name) => {
    const pcm = await decode(await clip(name))
    expect(seconds(pcm)).toBeGreaterThan(3.8)
    expect(seconds(pcm)).toBeLessThan(4.3)
    expect(distance(pcm, tune.subarray(0, pcm.length))).toBeLessThan(6)
    expect(distance(pcm, noise)).toBeGreaterThan(60)
  })

  test.each([8_000, 22_050, 32_000, 48_000, 96_000])('wav at %d Hz', async (rateHz) => {
    const pcm = await decode(wav(sine(rateHz * 5, 16, 0.5), { rateHz }))
    expect(seconds(pcm)).toBeCloseTo(5, 1)
    expect(crossingsPerSecond(pcm)).toBeCloseTo(rateHz / 8, -1)
  })

  test.each([2_000, 384_000])('wav at %d Hz, at an end of what there is', async (rateHz) => {
    const pcm = await decode(wav(sine(rateHz * 4, rateHz / 125, 0.5), { rateHz }))
    expect(seconds(pcm)).toBeCloseTo(4, 2)
  })

  test.each([22_050, 44_100, 48_000])('three seconds are enough at %d Hz', async (rateHz) => {
    const pcm = await decode(wav(sine(rateHz * 3, 16, 0.5), { rateHz }))
    expect(pcm.length).toBe(3 * RATE_HZ)
  })

  test('the right level: full scale stays full scale', async () => {
    const pcm = await decode(wav(tuneSamples))
    expect(pcm.slice(1000, 2000)).toEqual(tune.slice(1000, 2000))
  })

  test('six channels are mixed down', async () => {
    const surround = Float64Array.from({ length: 10 * RATE_HZ * 6 }, (_, i) =>
      i % 6 === 3 ? 0 : tuneSamples[Math.floor(i / 6)]! / 2,
    )
    const pcm = await decode(wav(surround, { channels: 6 }))
    expect(distance(pcm, tune.subarray(0, pcm.length))).toBeLessThan(2)
  })

  test('a stereo pair that cancels itself out is heard through one of its sides', async () => {
    const antiphase = Float64Array.from(
      { length: 20 * RATE_HZ },
      (_, i) => tuneSamples[i >> 1]! * (i % 2 === 0 ? 1 : -1),
    )
    const pcm = await decode(wav(antiphase, { channels: 2 }))
    expect(distance(pcm, tune.subarray(0, pcm.length))).toBeLessThan(1)
  })

  test('a long file gives its centre', async () => {
    const steps = sine(120 * RATE_HZ, 400, 0.2)
    steps.set(sine(40 * RATE_HZ, 30, 0.4), 40 * RATE_HZ)
    const pcm = await decode(wav(steps))
    expect(seconds(pcm)).toBe(30)
    expect(crossingsPerSecond(pcm)).toBeCloseTo(RATE_HZ / 15, -1)
  })

  test('several windows of a long file are spread over it', async () => {
    const steps = sine(100 * RATE_HZ, 400, 0.2)
    steps.set(sine(50 * RATE_HZ, 30, 0.4), 50 * RATE_HZ)
    steps.fill(0, 35 * RATE_HZ, 65 * RATE_HZ)
    const windows = await pool.decodeWindows(wav(steps), preset, 3)
    // The middle one is silent and left out.
    expect(windows.map(seconds)).toEqual([30, 30])
    expect(windows.map((pcm) => Math.round(crossingsPerSecond(pcm) / 100))).toEqual([1, 15])
  })

  test('a header that promises hours is not believed', async () => {
    const samples = tuneSamples.subarray(0, 5 * RATE_HZ)
    const pcm = await decode(wav(samples, { claimedBytes: 0xffff_fff0 }))
    expect(seconds(pcm)).toBeCloseTo(5, 1)
  })

  test('what is not a number becomes silence', async () => {
    const samples = tuneSamples.slice(0, 5 * RATE_HZ)
    samples.fill(NaN, 10_000, 12_000)
    samples.fill(Infinity, 40_000, 40_500)
    const pcm = await decode(wav(samples, { format: 3 }))
    expect(distance(pcm, tune.subarray(0, pcm.length))).toBeLessThan(8)
    expect(Math.max(...pcm.subarray(10_100, 11_900).map(Math.abs))).toBe(0)
  })

  test('long silence at the end is cut off, so that it does not become part of the sound', async () => {
    const samples = new Float64Array(30 * RATE_HZ)
    samples.set(tuneSamples.subarray(0, 5 * RATE_HZ))
    expect(seconds(await decode(wav(samples)))).toBeCloseTo(5, 0)
  })

  test('sound is found behind a tag of twenty megabytes', async () => {
    const size = 20 * 1024 * 1024
    const lengthBytes = [21, 14, 7, 0].map((shift) => (size >> shift) & 127)
    const tag = Buffer.concat([Buffer.from('ID3\x03\0\0', 'latin1'), Buffer.from(lengthBytes)])
    const tagged = Buffer.concat([tag, Buffer.alloc(size, 'x'), await clip('cbr.mp3')])
    expect(await decode(tagged)).toEqual(await decode(await clip('cbr.mp3')))
  })

  test('what is left is never less than the least, and what is less never reads like it', async () => {
    const after = (toneSeconds: number): Promise<Int16Array> => {
      const samples = new Float64Array(Math.round((2 + toneSeconds) * RATE_HZ))
      samples.set(tuneSamples.subarray(0, Math.round(toneSeconds * RATE_HZ)), 2 * RATE_HZ)
      return decode(wav(samples))
    }
    // The last block of half a second holds next to nothing.
    await expect(after(2.501)).rejects.toThrow('only 2.5 s above')
    expect((await after(3)).length).toBe(3 * RATE_HZ)
    const almost = wav(tuneSamples.subarray(0, 3 * RATE_HZ - 1))
    await expect(decode(almost)).rejects.toThrow('2.9 s of sound, at least 3 s')
  })

  test('damage in the middle costs no more than the middle', async () => {
    const bytes = Buffer.from(await clip('vbr.mp3'))
    for (let i = 12_000; i < 14_000; i++) bytes[i] = (i * 7919) % 251
    expect(seconds(await decode(bytes))).toBeGreaterThan(3)
  })

  const silence = new Float64Array(5 * RATE_HZ)
  test.each<[FailureCode, string, () => Uint8Array | Promise<Uint8Array>]>([
    ['empty-file', 'no bytes', () => new Uint8Array()],
    ['not-audio', 'a web page', () => Buffer.from('<!DOCTYPE html><html>403</html>'.repeat(99))],
    ['not-audio', 'a playlist', () => Buffer.from('#EXTM3U\n#EXTINF:10,\nfile:///etc/hostname\n')],
    ['not-audio', 'noise', () => randomBytes(361_000)],
    ['too-short', 'one second', () => wav(tuneSamples.subarray(0, RATE_HZ))],
    ['silent', 'silence', () => wav(silence)],
    ['silent', 'a constant offset', () => wav(silence.map((_, i) => 0.6 + ((i * 31) % 7) / 7_000))],
    ['silent', 'hiss at -66 dB', () => wav(silence.map((_, i) => ((i * 7919) % 1000) / 1e6))],
    ['decode-failed', 'no channels', () => wav(tuneSamples, { channels: 0, rateHz: 0 })],
    [
      'too-short',
      'the first 30 % of a clip',
      async () => (await clip('cbr.mp3')).subarray(0, 9_000),
    ],
  ])('%s: %s', async (code, _, make) => {
    expect(await failure(await make())).toBe(code)
  })

  test('bounds on size and time hold', async () => {
    expect(await failure(wav(tuneSamples), { ...defaultLimits, maxBytes: 1_000 })).toBe('too-large')
    expect(await failure(await clip('opus.opus'), { ...defaultLimits, timeoutMs: 1 })).toBe(
      'timed-out',
    )
  })

  test('an abort is answered at once, and the pool goes on', async () => {
    const aborted = pool.decode(await clip('cbr.mp3'), preset, defaultLimits, AbortSignal.abort())
    await expect(aborted).rejects.toMatchObject({ code: 'timed-out' })
    expect(seconds(await decode(await clip('cbr.mp3')))).toBeGreaterThan(3.8)
  })

  test('files: awkward names are read, and what is no file is refused without waiting', async () => {
    const awkward = ['-dash.mp3', 'new\nline.mp3', `quote'"$(touch pwned).mp3`, '音楽 %d 🎵.mp3']
    const expected = await decode(await clip('cbr.mp3'))
    for (const name of awkward) {
      await writeFile(join(folder, name), await clip('cbr.mp3'))
      expect(await decode({ path: join(folder, name) })).toEqual(expected)
    }
    await mkdir(join(folder, 'folder.mp3'))
    await symlink('nowhere', join(folder, 'dangling.mp3'))
    execFileSync('mkfifo', [join(folder, 'pipe.mp3')])
    for (const name of ['folder.mp3', 'pipe.mp3']) {
      expect(await failure({ path: join(folder, name) })).toBe('not-a-file')
    }
    for (const name of ['dangling.mp3', 'absent.mp3']) {
      expect(await failure({ path: join(folder, name) })).toBe('no-preview')
    }
  })

  test('the rest of a batch is unharmed by what is refused', async () => {
    const good = await clip('cbr.mp3')
    const bad = [randomBytes(9_000), Buffer.concat([good.subarray(0, 3_000), randomBytes(9_000)])]
    const inputs = [good, bad[0]!, good, bad[1]!, good]
    const outcomes = await Promise.allSettled(inputs.map((bytes) => decode(bytes)))
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'],
    ])
  })
})

test('aac without ffmpeg is refused with a reason that names the remedy', async () => {
  const pool = createAudioPool({ threads: 1, decoder: 'libraries' })
  await expect(pool.decode(await clip('aac.m4a'), preset)).rejects.toThrow('ffmpeg')
  await pool.close()
})

/** How often the signal changes its sign: twice a sine's frequency. */
const crossingsPerSecond = (pcm: Int16Array): number => {
  let crossings = 0
  for (let i = 1; i < pcm.length; i++) if (pcm[i - 1]! < 0 !== pcm[i]! < 0) crossings++
  return crossings / seconds(pcm)
}

const randomBytes = (length: number): Buffer => {
  let state = 9
  return Buffer.from(
    Uint8Array.from({ length }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return state >>> 24
    }),
  )
}
