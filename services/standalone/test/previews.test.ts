import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createAudioPool, defaultLimits, presets, type AudioPool } from '@soundalike/audio'
import { wav } from '@soundalike/testkit'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hear } from '../src/previews/images.ts'
import { readManifest } from '../src/previews/manifest.ts'

const RATE_HZ = 22_050

let folder: string
let audio: AudioPool
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'soundalike-previews-'))
  audio = createAudioPool({ threads: 1 })
})
afterAll(async () => {
  await audio.close()
  await rm(folder, { recursive: true })
})

/** A tone that rises from one half minute to the next. */
const steps = (seconds: number): Buffer =>
  wav(
    new Float64Array(seconds * RATE_HZ).map((_, i) => {
      const hz = 400 * (1 + Math.floor(i / RATE_HZ / 30))
      return 0.5 * Math.sin((2 * Math.PI * hz * i) / RATE_HZ)
    }),
  )

describe('previews of a manifest', () => {
  it('are heard once, or in as many windows as are asked for and fit', async () => {
    await writeFile(join(folder, 'long.wav'), steps(65))
    await writeFile(join(folder, 'short.wav'), steps(20))
    const manifest = join(folder, 'manifest.jsonl')
    await writeFile(manifest, '{"file": "long.wav"}\n{"file": "short.wav"}\n')
    const listed = await readManifest(manifest, folder)
    const studio = {
      audio,
      preset: presets['seed-v1'],
      limits: defaultLimits,
      signal: new AbortController().signal,
      say: () => undefined,
    }

    const once = await hear(listed, studio)
    expect(once.map(({ recording }) => recording)).toEqual(['long.wav', 'short.wav'])

    const heard = await hear(listed, studio, 4)
    expect(heard.map(({ recording }) => recording)).toEqual(['long.wav', 'long.wav', 'short.wav'])
    const [first, second] = heard.map(({ image }) => Buffer.from(image))
    expect(first!.equals(second!)).toBe(false)
  })
})
