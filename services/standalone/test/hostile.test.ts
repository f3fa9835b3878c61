import { afterAll, describe, expect, it } from '@jest/globals'
import { skipLoudly } from '@soundalike/testkit'
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { copyFile, mkdtemp, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Summary } from '../src/demo/summary.ts'

const suite = 'hostile files through the whole pipeline'
const maker = fileURLToPath(new URL('../../../../shared/hostile/make.py', import.meta.url))
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

/** By the beginning of a file's name: what may become of it. `done` has a mel image and a vector. */
const verdicts: Record<string, readonly string[]> = {
  '-16d': ['done'],
  '00': ['done'],
  // What decodes counts, and that is eleven seconds.
  '01': ['done'],
  '02': ['empty-file'],
  '03': ['not-audio'],
  '04': ['too-short'],
  '05': ['silent'],
  '06': ['done'],
  '07': ['done'],
  '08': ['done'],
  '09': ['done'],
  '10': ['done'],
  '11': ['done'],
  '12': ['done'],
  '13': ['done'],
  '14': ['silent'],
  '15a': ['too-short'],
  // One second by its header, thirty by its bytes: either reading will do.
  '15b': ['too-short', 'done'],
  '15c': ['decode-failed'],
  '16a': ['done'],
  '16b': ['done'],
  '16c': ['done'],
  '16e': ['done'],
  '17': ['done'],
  '18': ['done'],
  '19': ['not-audio'],
  '20': ['not-audio'],
  '21': ['silent'],
  '22': ['done'],
  '23': ['done'],
  '24': ['done'],
  '25': ['not-a-file'],
  '26': ['no-preview'],
  // Comes last, and is good.
  '99': ['done'],
}

const folder = await mkdtemp(join(tmpdir(), 'soundalike-hostile-'))
const music = join(folder, 'music')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** @returns why there are none; null where there are */
const makeHostileFiles = (): string | null => {
  if (!existsSync(maker)) return 'there is no ../shared/hostile/make.py beside this checkout'
  try {
    execFileSync('python3', [maker, music], { stdio: 'pipe' })
    return null
  } catch (error) {
    return `its make.py needs python3 with numpy, and ffmpeg: ${(error as Error).message}`
  }
}

/** A process of its own, so that a crash is seen as one. */
const demo = async (): Promise<Summary> => {
  const words = ['demo', music, '--once', '--json', '--data', join(folder, 'data')]
  const env = { ...process.env, NODE_OPTIONS: '' }
  const { stdout } = await promisify(execFile)(process.execPath, [main, ...words], {
    cwd: folder,
    env,
    maxBuffer: 2 ** 26,
  })
  return JSON.parse(stdout) as Summary
}

const missing = makeHostileFiles()
if (missing !== null) await skipLoudly(suite, missing)
else {
  describe(suite, () => {
    it('end as they should, each with a verdict, and do no harm to what comes after', async () => {
      await copyFile(join(music, '00-good-reference.mp3'), join(music, '99-good-again.mp3'))
      const { tracks, failures, stages, recommendations } = await demo()

      const outcomes = new Map(recommendations.map(({ track }) => [track.file, 'done']))
      for (const { track, code, reason } of failures) {
        outcomes.set(track, code)
        expect(reason).toMatch(/^[^\n]{3,200}$/)
      }
      const unexpected = [...outcomes].filter(([file, outcome]) => {
        const name = Object.keys(verdicts).find((start) => file.startsWith(start)) ?? ''
        return verdicts[name]?.includes(outcome) !== true
      })
      expect(unexpected).toEqual([])
      expect(outcomes.size).toBe(Object.keys(verdicts).length)
      expect(tracks).toBe(outcomes.size)
      expect(stages['embed']).toMatchObject({ done: recommendations.length, failed: 0 })

      const similarities = recommendations.flatMap(({ similar }) =>
        similar.map(({ similarity }) => similarity),
      )
      expect(similarities.every(Number.isFinite)).toBe(true)
      // Noise is like nothing here, so it is nobody's nearest.
      const nearest = recommendations.map(({ similar }) => similar[0]?.file)
      expect(nearest).not.toContain('08-clipped-noise.mp3')
      // All others hold one tune, however it was packed and damaged; but for the one at 8 kHz, they find each other.
      const strayed = recommendations
        .filter(({ track }) => !/^0[68]-/.test(track.file))
        .filter(({ similar }) => (similar[0]?.similarity ?? 0) < 0.8)
      expect(strayed).toEqual([])
      // No name was run as a command, nothing is left of decoding.
      expect((await readdir(folder)).sort()).toEqual(['data', 'music'])
      expect(await readdir(join(folder, 'data', 'downloads'))).toEqual([])
    }, 300_000)
  })
}
