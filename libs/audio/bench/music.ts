import { readdirSync } from 'node:fs'
import { copyFile, link, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { wav } from '@soundalike/testkit'
import { signalPcm } from '../test/fixtures/signals.ts'
import { outputOf } from './cpu.ts'

const MOST_TRACKS = 48
const RATE_HZ = 44_100

/** Tracks to measure with. */
export interface Music {
  /** Holds these tracks and nothing else. */
  readonly folder: string
  readonly paths: string[]
  /** Removes what was made for the run. */
  clear(): Promise<void>
}

const endsInMp3 = (name: string): boolean => name.endsWith('.mp3')

/** @throws Error saying what to give, where a folder has nothing to measure with */
export const checkMusic = (given: string): void => {
  try {
    if (readdirSync(given, { recursive: true, encoding: 'utf8' }).some(endsInMp3)) return
  } catch {
    throw new Error(`--music takes a folder that can be read, not ${given}`)
  }
  throw new Error(`--music takes a folder with .mp3 files in it; there are none in ${given}`)
}

/** Copies of the first 48 mp3 files below a folder; without a folder, clips of 30 s made by a generator. */
export const musicFiles = async (given: string | undefined): Promise<Music> => {
  if (given === undefined) return synthetic()
  const names = (await readdir(given, { recursive: true })).filter(endsInMp3)
  const folder = await mkdtemp(join(tmpdir(), 'soundalike-bench-'))
  const paths: string[] = []
  for (const [n, name] of names.sort().slice(0, MOST_TRACKS).entries()) {
    paths.push(join(folder, `${String(n)}.mp3`))
    await copyFile(join(given, name), paths[n]!)
  }
  return { folder, paths, clear: () => rm(folder, { recursive: true }) }
}

const synthetic = async (): Promise<Music> => {
  const scratch = await mkdtemp(join(tmpdir(), 'soundalike-bench-'))
  const tune = Float64Array.from(signalPcm('tune', RATE_HZ), (sample) => sample / 32_768)
  const stereo = new Float64Array(tune.length * 2).map((_, i) => tune[i >> 1]! / (1 + (i % 2)))
  const source = join(scratch, 'tune.wav')
  await writeFile(source, wav(stereo, { rateHz: RATE_HZ, channels: 2 }))
  const encoded = join(scratch, 'tune.mp3')
  const made = await outputOf('ffmpeg', ['-v', 'error', '-i', source, '-b:a', '96k', encoded])
  const folder = join(scratch, 'music')
  await mkdir(folder)
  const paths = Array.from({ length: MOST_TRACKS }, (_, n) =>
    join(folder, `${String(n)}${made === null ? '.wav' : '.mp3'}`),
  )
  for (const path of paths) await link(made === null ? source : encoded, path)
  return { folder, paths, clear: () => rm(scratch, { recursive: true }) }
}
