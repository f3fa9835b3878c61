import { create } from '@bufbuild/protobuf'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { openCatalog, type Catalog } from '@soundalike/catalog'
import { Failure, sourceId, trackId, TrackSchema } from '@soundalike/contracts'
import { openDatabase } from '@soundalike/database'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const source = sourceId('folder', 'test')
const ids = ['a', 'b', 'c'].map((name) => trackId(source, name))
const [silent = '', away = '', embedded = ''] = ids
const fingerprint = 'f1'
let folder: string

const withCatalog = async <Result>(
  work: (catalog: Catalog) => Promise<Result>,
): Promise<Result> => {
  const database = await openDatabase(`pglite:${join(folder, 'database')}`)
  try {
    return await work(await openCatalog(database))
  } finally {
    await database.close()
  }
}

const retry = async (...options: string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [main, 'retry', '--data', folder, ...options],
    { env: { PATH: process.env['PATH'] } },
  )
  return stdout
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'soundalike-retry-'))
  await withCatalog(async (catalog) => {
    const track = (id: string) => create(TrackSchema, { id, source, sourceTrackId: id })
    await catalog.upsertTracks(ids.map(track))
    const fail = (id: string, stage: 'transcode' | 'embed', failure: Failure) =>
      catalog.recordFailed({ trackId: id, stage, fingerprint, seconds: 0, failure })
    await fail(silent, 'transcode', new Failure('silent', 'no sound'))
    await fail(away, 'transcode', new Failure('no-preview', 'gone'))
    await fail(embedded, 'embed', new Failure('bad-model', 'damaged'))
  })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it('has tracks run again that failed at a stage or for a reason, and says how many', async () => {
  expect(await retry('--stage', 'transcode', '--code', 'no-preview')).toBe('1\n')
  const left = await withCatalog((catalog) => catalog.failures({ limit: 10 }))
  expect(left.map(({ code }) => code).sort()).toEqual(['bad-model', 'silent'])
  expect(await retry()).toBe('2\n')
  expect(await withCatalog((catalog) => catalog.failures({ limit: 10 }))).toEqual([])
})

it('refuses stages and reasons that there are not', async () => {
  await expect(retry('--stage', 'brew')).rejects.toMatchObject({ code: 1 })
  await expect(retry('--code', 'tired')).rejects.toMatchObject({ code: 1 })
})
