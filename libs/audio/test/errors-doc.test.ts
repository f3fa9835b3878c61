import { readFileSync } from 'node:fs'
import { failureKinds } from '@soundalike/contracts'
import { expect, test } from '@jest/globals'
import { presets } from '../src/index.ts'

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')
const sectionOf = (code: string): string =>
  page.split(/^### /m).find((text) => text.startsWith(`\`${code}\``)) ?? ''

test.each(Object.values(presets))(
  'what is said of silence and length is true of $name',
  (preset) => {
    const { minimumSeconds, silenceDbfs, windowSeconds } = preset.pcm
    const level = `−${-silenceDbfs} dBFS`
    expect(sectionOf('silent')).toContain(`Less than ${minimumSeconds} s`)
    expect(sectionOf('silent')).toContain(level)
    expect(sectionOf('silent')).toContain(`${windowSeconds} s`)
    expect(failureKinds.silent.cause).toContain(`${minimumSeconds} seconds`)
    expect(failureKinds.silent.cause).toContain(level)
    expect(sectionOf('too-short')).toContain(`less than ${minimumSeconds} s`)
    expect(failureKinds['too-short'].cause).toContain(`${minimumSeconds} seconds`)
  },
)

test('the formats that need no ffmpeg are all named, and the one that does', () => {
  const [, everywhere = '', withFfmpeg = ''] =
    /Formats read everywhere are ([^;]+);([^]+)/.exec(sectionOf('not-audio')) ?? []
  for (const format of ['MP3', 'Ogg Vorbis', 'Opus', 'FLAC', 'WAV', 'AIFF']) {
    expect(everywhere).toContain(format)
  }
  expect(withFfmpeg).toMatch(/AAC[^]+ffmpeg/)
})
