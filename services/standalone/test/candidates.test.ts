import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { presetFingerprint, presets } from '@soundalike/audio'
import { bundleFiles, trainModel } from '@soundalike/model'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { closeAll, openModels } from '../src/eval/candidates.ts'
import { readBoxModel } from '../src/models/bundle-folder.ts'
import { writeFiles } from '../src/write-files.ts'

const preset = presets['seed-v1']
const fingerprint = presetFingerprint(preset)
let other: string
let boxId: string

beforeAll(async () => {
  other = await mkdtemp(join(tmpdir(), 'soundalike-candidates-'))
  boxId = (await readBoxModel(fingerprint))!.manifest.id
  const images = [0, 1, 2, 3].map((n) =>
    Uint8Array.from({ length: 128 * 160 }, (_, at) => (at * (n + 3)) % 251),
  )
  const bundle = await trainModel({
    images: { count: 4, load: (index) => images[index]!, artist: String },
    preset: { name: 'seed-v1', fingerprint },
    architecture: 'two-axis-light',
    seed: 1,
    budgetSeconds: 600,
    batchSize: 4,
    maxSteps: 1,
    threads: 1,
  })
  await writeFiles(other, bundleFiles(bundle))
}, 120_000)
afterAll(() => rm(other, { recursive: true, force: true }))

/** Names of the models that open. */
const open = async (...model: string[]): Promise<string[]> => {
  const candidates = await openModels({ model }, preset)
  await closeAll(candidates)
  return Object.keys(candidates)
}

describe('models that are judged together', () => {
  it('are of one architecture, since their figures are averaged', async () => {
    await expect(open(boxId, other)).rejects.toThrow('cannot be taken together')
    const names = await open('baseline', boxId, other)
    expect(names.sort()).toEqual(['soundalike-1', 'two-axis-light'])
  }, 60_000)

  it('are each named once', async () => {
    await expect(open(boxId, boxId)).rejects.toThrow(`model ${boxId} is named twice`)
    expect(await open(boxId)).toEqual([boxId])
  }, 60_000)
})
