import { create } from '@bufbuild/protobuf'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openCatalog, type Catalog } from '@soundalike/catalog'
import { sourceId, trackId, TrackSchema } from '@soundalike/contracts'
import { openDatabase, type Database } from '@soundalike/database'
import { sampleTracks } from '../src/sample.ts'

let database: Database
let catalog: Catalog
const source = sourceId('folder', 'test')
const fingerprint = 'f1'

beforeAll(async () => {
  database = await openDatabase('pglite:memory')
  catalog = await openCatalog(database)
  const tracks = Array.from({ length: 40 }, (_, n) =>
    create(TrackSchema, {
      id: trackId(source, String(n)),
      source,
      sourceTrackId: String(n),
      trainAllowed: n % 4 !== 0,
    }),
  )
  await catalog.upsertTracks(tracks)
  for (const [n, { id }] of tracks.entries()) {
    if (n < 36) {
      await catalog.recordDone({ trackId: id, stage: 'spectrogram', fingerprint, seconds: 1 })
    }
  }
})
afterAll(() => database.close())

describe('sampleTracks', () => {
  it('takes tracks that have an image and may be learned from', async () => {
    const tracks = await sampleTracks(catalog, { fingerprint, seed: 1 }, 1000)
    expect(tracks).toHaveLength(27)
    const found = await catalog.getTracks(tracks.map(({ id }) => id))
    expect([...found.values()].every((track) => track.trainAllowed)).toBe(true)
  })

  it('of too many takes the same ones for the same seed and others for another', async () => {
    const ids = async (seed: number) =>
      (await sampleTracks(catalog, { fingerprint, seed }, 10)).map(({ id }) => id)
    expect(await ids(1)).toHaveLength(10)
    expect(await ids(1)).toEqual(await ids(1))
    expect(await ids(1)).not.toEqual(await ids(2))
  })
})
