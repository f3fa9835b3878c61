import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { presetFingerprint, presets } from '@soundalike/audio'
import { openBlobs, type BlobStore } from '@soundalike/blobs'
import { openCatalog, type Catalog } from '@soundalike/catalog'
import { keys } from '@soundalike/contracts'
import { openDatabase, type Database } from '@soundalike/database'
import { bundleFiles, trainModel, type ModelBundle } from '@soundalike/model'
import { openVectors, type VectorStore } from '@soundalike/vectors'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { readBoxModel } from '../src/models/bundle-folder.ts'
import { findBundle } from '../src/models/find-bundle.ts'
import { installBoxModel } from '../src/models/install-box-model.ts'

const fingerprint = 'aaaaaaaaaaaa'
let folder: string
let box: string
let bundle: ModelBundle

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'soundalike-models-'))
  box = join(folder, 'box')
  const images = [0, 1, 2, 3].map((n) =>
    Uint8Array.from({ length: 128 * 160 }, (_, at) => (at * (n + 3)) % 251),
  )
  bundle = await trainModel({
    images: { count: 4, load: (index) => images[index]!, artist: String },
    preset: { name: 'seed-v1', fingerprint },
    seed: 1,
    budgetSeconds: 600,
    batchSize: 4,
    maxSteps: 1,
    threads: 1,
  })
  await mkdir(join(box, 'one'), { recursive: true })
  await mkdir(join(box, 'not-a-model'))
  for (const [name, bytes] of Object.entries(bundleFiles(bundle))) {
    await writeFile(join(box, 'one', name), bytes)
  }
}, 120_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('the model in the box', () => {
  it('is the one that reads the mel images at hand', async () => {
    expect((await readBoxModel(fingerprint, box))?.manifest.id).toBe(bundle.manifest.id)
    expect(await readBoxModel('bbbbbbbbbbbb', box)).toBeNull()
    expect(await readBoxModel(fingerprint, join(folder, 'no box'))).toBeNull()
  })

  it('that comes with the checkout reads the default preset and is under 6 MB', async () => {
    const shipped = await readBoxModel(presetFingerprint(presets['seed-v1']))
    expect(shipped?.manifest.architecture).toBe('soundalike-1')
    const files = Object.values(bundleFiles(shipped!))
    expect(files.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(6e6)
  })

  it('is found by its folder, and what is not there is named', async () => {
    const found = await findBundle({ model: join(box, 'one'), data: undefined, fingerprint })
    expect(found.weights).toEqual(bundle.weights)
    const missing = findBundle({ model: 'two-axis-000000000000', data: undefined, fingerprint })
    await expect(missing).rejects.toMatchObject({ code: 'bad-model' })
    const wrong = findBundle({ model: join(box, 'one'), data: undefined, fingerprint: 'b' })
    await expect(wrong).rejects.toMatchObject({ code: 'preset-mismatch' })
  })

  describe('in a library', () => {
    let database: Database
    let stores: { catalog: Catalog; blobs: BlobStore; vectors: VectorStore }

    beforeEach(async () => {
      database = await openDatabase('pglite:memory')
      stores = {
        catalog: await openCatalog(database),
        blobs: await openBlobs(pathToFileURL(await mkdtemp(join(folder, 'blobs-'))).href),
        vectors: await openVectors('database:', database),
      }
    })

    afterEach(async () => {
      await stores.vectors.close()
      await stores.blobs.close()
      await database.close()
    })

    it('is installed once, whole, with a space of its own', async () => {
      const { id } = bundle.manifest
      expect(await installBoxModel(stores, fingerprint, box)).toBe(id)
      expect((await stores.catalog.models()).map(({ manifest }) => manifest.id)).toEqual([id])
      expect(await stores.blobs.has(keys.model(id, 'weights.bin'))).toBe(true)
      expect(await stores.vectors.count(id)).toBe(0)
      expect(await installBoxModel(stores, fingerprint, box)).toBeNull()
    })

    it('stays in the box where it does not fit', async () => {
      expect(await installBoxModel(stores, 'bbbbbbbbbbbb', box)).toBeNull()
      expect(await stores.catalog.models()).toEqual([])
    })
  })
})
