/**
 * Measures decoding and mel images against what they are compared with, in one run, and writes
 * docs/benchmarks/audio.md.
 */
import { scriptOptions, wholeNumber } from '@soundalike/testkit'
import { mkdir, writeFile } from 'node:fs/promises'
import { measureDecoding } from './decoding.ts'
import { measureMel } from './mel.ts'
import { measureMemory } from './memory.ts'
import { checkMusic, musicFiles } from './music.ts'
import { report, type Figures } from './report.ts'
import { measureStages } from './stages.ts'

const options = scriptOptions(
  `usage: npm run bench:audio [-- --music DIR] [--tracks 480] [--json]

--music DIR  a folder with .mp3 files in it; by default sound is made for the run
--tracks N   how many tracks the memory is watched over; a quarter of them without ffmpeg
--json       print the figures as JSON`,
  {
    options: {
      music: { type: 'string' },
      tracks: { type: 'string', default: '480' },
      json: { type: 'boolean', default: false },
    },
  },
  ({ values }) => {
    if (values.music !== undefined) checkMusic(values.music)
    return { ...values, tracks: wholeNumber('--tracks', values.tracks, 1) }
  },
)

const music = await musicFiles(options.music)
try {
  const decoding = await measureDecoding(music.paths)
  const mel = await measureMel(decoding.pcm)
  const memory = await measureMemory(music.paths, options.tracks)
  const stages = await measureStages(
    music.folder,
    (decoding.pooled ?? decoding.libraries) + mel.ours,
  )
  const figures: Figures = {
    tracks: music.paths.length,
    music: options.music === undefined ? 'synthetic' : 'given',
    melMsPerTrack: mel.ours,
    librosaMelMsPerTrack: mel.librosa,
    decodeCpuMsPerTrack: decoding.pooled,
    floorDecodeCpuMsPerTrack: decoding.floor,
    singleProcessCpuMsPerTrack: decoding.oneProcessEach,
    librariesCpuMsPerTrack: decoding.libraries,
    ...stages,
    peakRssMiB: process.resourceUsage().maxRSS / 1024,
    memory,
  }
  if (options.json) process.stdout.write(`${JSON.stringify(figures)}\n`)
  else process.stdout.write(report(figures))
  const folder = new URL('../../../docs/benchmarks/', import.meta.url)
  await mkdir(folder, { recursive: true })
  await writeFile(new URL('audio.md', folder), report(figures))
} finally {
  await music.clear()
}
