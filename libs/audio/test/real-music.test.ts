import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { skipLoudly } from '@soundalike/testkit'
import { ffmpegProgram } from '../src/decode/ffmpeg-program.ts'
import { chroma, melImage, mfcc, presets } from '../src/index.ts'
import { everyRow, fixture, floats, shareWithin } from './fixtures/numbers.ts'

/** As in make-real.py. */
const BAND_EVERY = 8
const MFCC_EVERY = 128
const CHROMA_EVERY = 32

const suite = 'real music against librosa'
const preset = presets['seed-v1']
const { bands, columns } = preset.mel
const { sampleRateHz, windowSeconds } = preset.pcm
const previews = fileURLToPath(new URL('../../../../shared/music/previews/', import.meta.url))
const files = JSON.parse(
  readFileSync(new URL('fixtures/real.json', import.meta.url), 'utf8'),
) as string[]

/** Mono PCM as make-real.py had it: these tests are about what comes after. */
const decoded = (ffmpeg: string, file: string): Int16Array => {
  const words = ['-v', 'error', '-i', previews + file, '-ac', '1', '-ar', String(sampleRateHz)]
  const pcm = execFileSync(ffmpeg, [...words, '-f', 's16le', '-'], { maxBuffer: 2 ** 26 })
  return new Int16Array(new Uint8Array(pcm).buffer).subarray(0, sampleRateHz * windowSeconds)
}

/** The part of a fixture that belongs to one of the files, which all have as many values. */
const partOf = <Values extends Uint8Array | Float32Array>(
  values: Values,
  index: number,
): Values => {
  const length = values.length / files.length
  return values.subarray(index * length, (index + 1) * length) as Values
}

const ffmpeg = ffmpegProgram()
const missing = files.filter((file) => !existsSync(previews + file))
if (missing.length > 0) {
  await skipLoudly(
    suite,
    `there is no ../shared/music/previews/${missing[0]!} beside this checkout`,
  )
} else if (ffmpeg === null) {
  await skipLoudly(suite, 'ffmpeg is not installed')
} else {
  describe.each(files)(`${suite}: %s`, (file) => {
    const index = files.indexOf(file)
    const pcm = decoded(ffmpeg, file)

    test('mel image within one level of 255 at 99.9 % of pixels', () => {
      const ours = everyRow(melImage(pcm, preset), columns, BAND_EVERY)
      expect(shareWithin(ours, partOf(fixture('real.mel'), index), 1)).toBeGreaterThanOrEqual(0.999)
    })

    test('MFCC within 0.05 dB at 99.9 % of values', () => {
      const ours = everyRow(mfcc(pcm, preset), bands, MFCC_EVERY)
      const theirs = partOf(floats('real.mfcc'), index)
      expect(shareWithin(ours, theirs, 0.05)).toBeGreaterThanOrEqual(0.999)
    })

    test('chroma within 1/255 at 99.9 % of values', () => {
      const ours = everyRow(chroma(pcm, preset), 12, CHROMA_EVERY)
      const theirs = partOf(floats('real.chroma'), index)
      expect(shareWithin(ours, theirs, 1 / 255)).toBeGreaterThanOrEqual(0.999)
    })
  })
}
