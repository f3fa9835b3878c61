import { create } from '@bufbuild/protobuf'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { openCatalog, type Catalog } from '@soundalike/catalog'
import { ModelManifestSchema, sourceId, trackId, TrackSchema } from '@soundalike/contracts'
import { openDatabase } from '@soundalike/database'
import { openVectors, type VectorStore } from '@soundalike/vectors'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const source = sourceId('folder', 'test')
const ids = ['a', 'b', 'c', 'd'].map((name) => trackId(source, name))
const fingerprint = 'f1'
let folder: string

const withStores = async <Result>(
  work: (catalog: Catalog, vectors: VectorStore) => Promise<Result>,
): Promise<Result> => {
  const database = await openDatabase(`pglite:${join(folder, 'database')}`)
  const vectors = await openVectors('database:', database)
  try {
    return await work(await openCatalog(database), vectors)
  } finally {
    await vectors.close()
    await database.close()
  }
}

const models = async (...words: string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)(process.execPath, [main, 'models', ...words], {
    env: { PATH: process.env['PATH'], DATA_DIR: folder, LOG_LEVEL: 'fatal' },
  })
  return stdout
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'soundalike-models-command-'))
  await withStores(async (catalog, vectors) => {
    const track = (id: string) => create(TrackSchema, { id, source, sourceTrackId: id })
    await catalog.upsertTracks(ids.map(track))
    const pictured = { stage: 'spectrogram', fingerprint, seconds: 0 } as const
    await catalog.recordAllDone({ ...pictured, trackIds: ids })
    for (const [id, count] of [
      ['m-old', 4],
      ['m-new', 3],
    ] as const) {
      await vectors.createSpace(id, 4)
      await catalog.addModel(create(ModelManifestSchema, { id, fingerprint }), 'filling')
      const payload = { source, artist: '', album: '' }
      const vector = Float32Array.of(1, 2, 3, 4)
      await vectors.upsert(
        id,
        ids.slice(0, count).map((trackId) => ({ trackId, vector, payload })),
      )
      await catalog.setLiveModel(id)
      await vectors.setLive(id)
    }
  })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it('goes back to the model before with one command, and lists how much each covers', async () => {
  expect(await models('use', 'm-old')).toBe('m-old is live\n')
  expect(await withStores(async (_, vectors) => vectors.live())).toBe('m-old')
  const lines = (await models()).trimEnd().split('\n')
  expect(lines.map((line) => line.split('\t').slice(0, 4))).toEqual([
    ['m-new', 'retired', '3', '75.0 %'],
    ['m-old', 'live', '4', '100.0 %'],
  ])
})

it('refuses a model that there is not', async () => {
  await expect(models('use', 'm-none')).rejects.toMatchObject({ code: 1 })
})
