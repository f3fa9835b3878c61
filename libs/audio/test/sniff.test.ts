import { readFile } from 'node:fs/promises'
import { describe, expect, test } from '@jest/globals'
import { openInput } from '../src/decode/input.ts'
import { sniff } from '../src/decode/sniff.ts'
import { decode, mimeTypeOf, presets, sniffedBytes } from '../src/index.ts'

const clip = (name: string): Promise<Buffer> =>
  readFile(new URL(`fixtures/clip-${name}`, import.meta.url))
const sniffed = async (bytes: Uint8Array) => sniff(await openInput(bytes, bytes.length))
const behind = (zeros: number, bytes: Uint8Array): Buffer =>
  Buffer.concat([Buffer.alloc(zeros), bytes])

describe('zero bytes before the first frame', () => {
  test.each([1, 20_000, 100_000])('%d of them are passed over', async (zeros) => {
    const mp3 = await clip('mono-8khz.mp3')
    const { format, offsetBytes } = await sniffed(mp3)
    expect(await sniffed(behind(zeros, mp3))).toEqual({ format, offsetBytes: zeros + offsetBytes })
  })

  test('what follows them is decoded', async () => {
    const preset = presets['seed-v1']
    const mp3 = await clip('cbr.mp3')
    const pcm = await decode(behind(100_000, mp3), preset)
    expect(pcm.length).toBeGreaterThan(3.8 * preset.pcm.sampleRateHz)
  })

  test('are no sound by themselves, and not sought through for ever', async () => {
    const notAudio = { code: 'not-audio' }
    await expect(sniffed(new Uint8Array(20_000))).rejects.toMatchObject(notAudio)
    const far = behind(1_000_000, await clip('cbr.mp3'))
    await expect(sniffed(far)).rejects.toMatchObject(notAudio)
  })
})

describe('MIME type', () => {
  test.each([
    ['cbr.mp3', 'audio/mpeg'],
    ['adts.aac', 'audio/aac'],
    ['aac.m4a', 'audio/mp4'],
    ['vorbis.ogg', 'audio/ogg'],
    ['opus.opus', 'audio/ogg'],
    ['flac.ogg', 'audio/ogg'],
    ['flac.flac', 'audio/flac'],
    ['pcm.aiff', 'audio/aiff'],
  ])('of %s', async (name, type) => {
    expect(await mimeTypeOf((await clip(name)).subarray(0, 4_100))).toBe(type)
  })

  test('is that of sound in places where the format allows something before it', async () => {
    const mp3 = await clip('cbr.mp3')
    expect(await mimeTypeOf(mp3.subarray(700))).toBe('audio/mpeg')
    expect(await mimeTypeOf(behind(100_000, mp3).subarray(0, sniffedBytes))).toBe('audio/mpeg')
    expect(await mimeTypeOf(Buffer.from('RF64\xff\xff\xff\xffWAVEds64', 'latin1'))).toBe(
      'audio/wav',
    )
    const coverOf1MiB = Buffer.from([...Buffer.from('ID3'), 4, 0, 0, 0, 64, 0, 0, 1, 2, 3])
    expect(await mimeTypeOf(coverOf1MiB)).toBe('audio/mpeg')
  })

  test('is none of what is not sound', async () => {
    for (const text of ['', '<!doctype html><title>403</title>', '\x89PNG\r\n\x1a\n'])
      expect(await mimeTypeOf(Buffer.from(text, 'latin1'))).toBeNull()
  })
})
