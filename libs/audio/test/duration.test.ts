import { readFile } from 'node:fs/promises'
import { describe, expect, test } from '@jest/globals'
import { wav } from '@soundalike/testkit'
import { soundSeconds } from '../src/decode/duration.ts'
import { openInput, type ByteReader } from '../src/decode/input.ts'
import { sniff } from '../src/decode/sniff.ts'
import { waveHeader } from '../src/decode/wave-header.ts'
import { createAudioPool, presets } from '../src/index.ts'

const MIB = 1024 * 1024
const never = new AbortController().signal

/** A file in memory, and how often and how much of it was read. */
const counted = async (bytes: Uint8Array) => {
  const reader = await openInput(bytes, 64 * MIB)
  const reads = { count: 0, bytes: 0 }
  const counting: ByteReader = {
    ...reader,
    read: async (offset, length) => {
      const part = await reader.read(offset, length)
      reads.count++
      reads.bytes += part.length
      return part
    },
  }
  return { reader: counting, reads }
}

const secondsOf = async (bytes: Uint8Array): Promise<number | null> => {
  const { reader } = await counted(bytes)
  return soundSeconds(reader, await sniff(reader), never)
}

const clip = (name: string): Promise<Buffer> =>
  readFile(new URL(`fixtures/clip-${name}`, import.meta.url))

describe('length without decoding', () => {
  test.each([
    ...['cbr.mp3', 'vbr.mp3', 'mono-8khz.mp3', 'aac.m4a', 'adts.aac'],
    ...['vorbis.ogg', 'opus.opus', 'flac.flac', 'flac.ogg', 'pcm.aiff'],
  ])('%s', async (name) => {
    const seconds = await secondsOf(await clip(name))
    expect(seconds).toBeGreaterThan(3.99)
    expect(seconds).toBeLessThan(4.3)
  })

  test('of frames is counted, whatever stands between them', async () => {
    const mp3 = await clip('cbr.mp3')
    const junk = Buffer.alloc(300_000, 'junk')
    const seconds = await secondsOf(mp3)
    const twice = await secondsOf(Buffer.concat([mp3, junk, mp3]))
    expect(twice! / seconds!).toBeCloseTo(2, 1)
  })

  test('of a stream that another follows is not known', async () => {
    const [first, second] = [await clip('opus.opus'), await clip('vorbis.ogg')]
    second.writeUInt32LE(12_345, second.lastIndexOf('OggS', undefined, 'latin1') + 14)
    expect(await secondsOf(Buffer.concat([first, second]))).toBeNull()
  })

  test('of a WAV written to a pipe is what there is', async () => {
    expect(await secondsOf(wav(new Float64Array(22_050 * 4), { claimedBytes: 0 }))).toBe(4)
    const endless = { claimedBytes: 0xffff_ffff }
    expect(await secondsOf(wav(new Float64Array(22_050 * 4), endless))).toBe(4)
  })
})

const emptyChunks = (head: Buffer, chunk: Buffer): Buffer =>
  Buffer.concat([head, Buffer.alloc(8 * MIB, chunk)])

describe('a header that goes on and on', () => {
  test.each([
    ['WAV', emptyChunks(Buffer.from('RIFF\0\0\0\x7fWAVE'), Buffer.from('JUNK\0\0\0\0'))],
    ['AIFF', emptyChunks(Buffer.from('FORM\x7f\0\0\0AIFF'), Buffer.from('JUNK\0\0\0\0'))],
    ['MP4', emptyChunks(Buffer.from('\0\0\0\x08ftyp'), Buffer.from('\0\0\0\x08free'))],
    [
      'MP4 inside',
      emptyChunks(Buffer.from('\0\0\0\x08ftyp\0\0\0\0moov'), Buffer.from('\0\0\0\x08free')),
    ],
  ])('is not read to its end: %s', async (_, bytes) => {
    const { reader, reads } = await counted(bytes)
    expect(await soundSeconds(reader, await sniff(reader), never)).toBeNull()
    expect(reads.count).toBeLessThan(2_100)
    expect(reads.bytes).toBeLessThan(100_000)
  })

  test('and frames that never end are left as soon as nobody waits', async () => {
    const { reader, reads } = await counted(
      Buffer.alloc(32 * MIB, (await clip('cbr.mp3')).subarray(0, 30_000)),
    )
    const sniffed = await sniff(reader)
    const length = soundSeconds(reader, sniffed, AbortSignal.abort())
    await expect(length).rejects.toMatchObject({ code: 'timed-out' })
    expect(reads.bytes).toBeLessThan(MIB)
  })

  test('others work while frames are counted', async () => {
    const { reader } = await counted(Buffer.alloc(32 * MIB, await clip('cbr.mp3')))
    let turns = 0
    const others = setInterval(() => turns++, 0)
    await soundSeconds(reader, await sniff(reader), never)
    clearInterval(others)
    expect(turns).toBeGreaterThan(10)
  })
})

describe('floating-point samples', () => {
  const tone = Float64Array.from({ length: 22_050 * 5 }, (_, i) => 0.5 * Math.sin(i / 8))
  tone.fill(NaN, 30_000, 31_000)
  const chunk = (id: string, contents: Buffer, swap = false): Buffer => {
    const size = Buffer.alloc(4)
    if (swap) size.writeUInt32BE(contents.length)
    else size.writeUInt32LE(contents.length)
    return Buffer.concat([Buffer.from(id, 'latin1'), size, contents])
  }
  const plain = wav(tone, { format: 3 })
  const behindJunk = Buffer.concat([
    plain.subarray(0, 12),
    chunk('JUNK', Buffer.alloc(6_000, 'fmt ')),
    plain.subarray(12),
  ])
  const aifc = (compression: string): Buffer => {
    const comm = Buffer.alloc(24)
    comm.writeUInt16BE(1, 0)
    comm.writeUInt32BE(tone.length, 2)
    comm.writeUInt16BE(32, 6)
    // 22,050 as an 80-bit number.
    comm.set([0x40, 0x0d, 0xac, 0x44], 8)
    comm.write(compression, 18, 'latin1')
    const samples = Buffer.alloc(8 + tone.length * 4)
    tone.forEach((sample, i) => samples.writeFloatBE(sample, 8 + i * 4))
    const chunks = [chunk('COMM', comm, true), chunk('SSND', samples, true)]
    return chunk('FORM', Buffer.concat([Buffer.from('AIFC'), ...chunks]), true)
  }

  test.each([
    ['WAV', plain],
    ['WAV behind another chunk', behindJunk],
    ['AIFC fl32', aifc('fl32')],
    ['AIFC FL32', aifc('FL32')],
  ])('of %s are recognised, and those that are no numbers become silence', async (_, bytes) => {
    const { reader } = await counted(bytes)
    expect(await waveHeader(reader, await sniff(reader))).toEqual({ seconds: 5, floats: true })
    const pool = createAudioPool({ threads: 1 })
    const pcm = await pool.decode(bytes, presets['seed-v1'])
    await pool.close()
    expect(Math.max(...pcm.subarray(30_100, 30_900).map(Math.abs))).toBe(0)
    expect(Math.max(...pcm.subarray(20_000, 20_900))).toBeGreaterThan(16_000)
  })

  test('integers are not taken for them', async () => {
    const { reader } = await counted(wav(new Float64Array(22_050)))
    expect((await waveHeader(reader, await sniff(reader))).floats).toBe(false)
    const clipReader = await counted(await clip('pcm.aiff'))
    expect((await waveHeader(clipReader.reader, await sniff(clipReader.reader))).floats).toBe(false)
  })
})
