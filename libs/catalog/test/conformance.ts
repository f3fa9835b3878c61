import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import {
  Failure,
  ModelManifestSchema,
  TrackSchema,
  trackId,
  type ModelManifest,
  type Track,
} from '@soundalike/contracts'
import { openDatabase, type Database } from '@soundalike/database'
import { openCatalog, type Catalog } from '../src/index.ts'

const source = 'folder-00000000'

const makeTrack = (name: string, more: MessageInitShape<typeof TrackSchema> = {}): Track =>
  create(TrackSchema, {
    id: trackId(source, name),
    source,
    sourceTrackId: name,
    title: name,
    artist: 'Somebody',
    locator: `music/${name}.mp3`,
    trainAllowed: true,
    ...more,
  })

const makeTracks = (count: number): Track[] =>
  Array.from({ length: count }, (_, index) => makeTrack(`track ${index}`)).sort((a, b) =>
    a.id < b.id ? -1 : 1,
  )

const makeModel = (id: string): ModelManifest =>
  create(ModelManifestSchema, {
    id,
    architecture: 'two-axis',
    vectorSize: 256,
    loss: 0.0037,
    trainingSet: { tracks: 40, licences: { 'CC BY 4.0': 39 } },
    epochs: [{ epoch: 1, loss: 0.5, validationLoss: Number.NaN }],
    weights: [{ name: 'time/conv1', shape: [5, 128, 32] }],
  })

const transcode = { stage: 'transcode', fingerprint: 'f1' } as const
const spectrogram = { stage: 'spectrogram', fingerprint: 'f1' } as const
const silent = new Failure('silent', 'nothing but zeros')

/** What the catalog must do on every kind of database. */
export const describeCatalog = (name: string, url: () => string): void => {
  describe(`catalog on ${name}`, () => {
    let database: Database
    let catalog: Catalog

    beforeAll(async () => {
      database = await openDatabase(url())
      catalog = await openCatalog(database)
    })
    afterAll(async () => {
      await catalog.close()
      await database.close()
    })
    beforeEach(async () => {
      await database.pool.query(
        `truncate soundalike.tracks, soundalike.stage_states, soundalike.stage_counts,
           soundalike.cursors, soundalike.models, soundalike.leases`,
      )
    })

    /** Tracks in the catalog, in the order of their ids. */
    const withTracks = async (count: number): Promise<Track[]> => {
      const tracks = makeTracks(count)
      await catalog.upsertTracks(tracks)
      return tracks
    }
    const idsOf = (tracks: readonly Track[]): string[] => tracks.map((track) => track.id)

    test('opens twice at once, and again', async () => {
      await Promise.all([openCatalog(database), openCatalog(database)])
      await withTracks(1)
      expect(await (await openCatalog(database)).countTracks()).toBe(1)
    })

    describe('tracks', () => {
      test('come back as they went in', async () => {
        const track = makeTrack('whole', {
          title: 'Ärger — im "Büro"',
          artist: "D'Artagnan",
          album: 'スピード \\ 2',
          isrc: 'DEA123456789',
          durationSeconds: 29.976,
          licence: 'CC BY-SA 4.0',
          attribution: 'Somebody, 2004',
          trainAllowed: false,
        })
        await catalog.upsertTracks([track])
        expect(await catalog.getTrack(track.id)).toEqual(track)
        expect(await catalog.getTrack('t000000000000000000000000')).toBeNull()
      })

      test('are new once, also when one call names them twice', async () => {
        const tracks = makeTracks(3)
        const first = await catalog.upsertTracks([...tracks, ...tracks])
        expect(first.added.sort()).toEqual(idsOf(tracks))
        expect(await catalog.upsertTracks(tracks)).toEqual({ added: [] })
        expect(await catalog.countTracks()).toBe(3)
      })

      test('go in by the thousand', async () => {
        const tracks = makeTracks(1_234)
        expect((await catalog.upsertTracks(tracks)).added).toHaveLength(1_234)
        expect(await catalog.countTracks()).toBe(1_234)
        const found = await catalog.getTracks([...idsOf(tracks.slice(0, 5)), 'tnone'])
        expect([...found.keys()].sort()).toEqual(idsOf(tracks.slice(0, 5)))
      })

      test('are new to one of several callers at once', async () => {
        const tracks = makeTracks(300)
        const calls = await Promise.all(
          [tracks, [...tracks].reverse(), tracks].map((order) => catalog.upsertTracks(order)),
        )
        expect(calls.flatMap((call) => call.added).sort()).toEqual(idsOf(tracks))
      })

      test('are brought up to date, and written only then', async () => {
        const [same, changed] = [makeTrack('same'), makeTrack('changed')]
        await catalog.upsertTracks([same, changed])
        const versions = async (): Promise<string[]> => {
          const { rows } = await database.pool.query<{ at: string }>(
            'select ctid::text || xmin::text || xmax::text as at from soundalike.tracks order by id',
          )
          return rows.map((row) => row.at)
        }
        const before = await versions()
        await catalog.upsertTracks([same, changed])
        expect(await versions()).toEqual(before)

        const renamed = { ...changed, title: 'new name' }
        expect(await catalog.upsertTracks([same, renamed])).toEqual({ added: [] })
        expect((await catalog.getTrack(changed.id))?.title).toBe('new name')
        expect(
          (await versions()).filter((version, index) => version !== before[index]),
        ).toHaveLength(1)
        expect((await catalog.searchTracks({ query: 'new', limit: 10, offset: 0 })).total).toBe(1)
      })

      test('lose only what a database cannot hold', async () => {
        const track = makeTrack('odd', {
          title: 'zero\0 and half \ud83d',
          artist: 'x'.repeat(100_000),
        })
        await catalog.upsertTracks([track])
        const kept = await catalog.getTrack(track.id)
        expect(kept?.title).toBe('zero and half \ufffd')
        expect(kept?.artist).toHaveLength(100_000)
      })
    })

    describe('search', () => {
      beforeEach(async () => {
        await catalog.upsertTracks([
          makeTrack('a', { title: 'Crazy in Love', artist: 'Beyoncé', album: 'Dangerously' }),
          makeTrack('b', { title: 'Don’t Stop', artist: 'Fleetwood Mac', album: 'Rumours' }),
          makeTrack('c', { title: 'Dreams', artist: 'Fleetwood Mac', album: 'Rumours' }),
          makeTrack('d', { title: '夜に駆ける', artist: 'YOASOBI', locator: 'singles/yoru.flac' }),
        ])
      })
      const titles = async (query: string): Promise<string[]> =>
        (await catalog.searchTracks({ query, limit: 10, offset: 0 })).tracks.map(
          ({ title }) => title,
        )

      test.each([
        ['BEYONCE', ['Crazy in Love']],
        ['crazy dangerously', ['Crazy in Love']],
        ['flee rum', ['Don’t Stop', 'Dreams']],
        ["don't", ['Don’t Stop']],
        ['dont', ['Don’t Stop']],
        ['夜', ['夜に駆ける']],
        ['yoru.flac', ['夜に駆ける']],
        ['love fleetwood', []],
        ["'; drop table tracks --", []],
        ["nobody':* | 'fleetwood", []],
      ])('for %j', async (query, expected) => {
        expect(await titles(query)).toEqual(expected)
      })

      test('without words finds all, by artist, album and title', async () => {
        const all = ['Crazy in Love', 'Don’t Stop', 'Dreams', '夜に駆ける']
        expect(await titles('')).toEqual(all)
        expect(await titles(' - ?! ')).toEqual(all)
      })

      test('goes page by page', async () => {
        const page = await catalog.searchTracks({ query: 'fleetwood', limit: 1, offset: 1 })
        expect(page.tracks.map(({ title }) => title)).toEqual(['Dreams'])
        expect(page.total).toBe(2)
        expect(await catalog.searchTracks({ query: '', limit: 5, offset: 9 })).toEqual({
          tracks: [],
          total: 4,
        })
      })

      test('survives a very long query', async () => {
        expect(await titles('word '.repeat(50_000))).toEqual([])
        expect(await titles('x'.repeat(500_000))).toEqual([])
      })

      test.each([[{ limit: 0 }], [{ limit: 1_001 }], [{ limit: 1.5 }], [{ offset: -1 }]])(
        'refuses %j',
        async (wrong) => {
          const query = { query: '', limit: 1, offset: 0, ...wrong }
          await expect(catalog.searchTracks(query)).rejects.toThrow(RangeError)
        },
      )
    })

    describe('stage states', () => {
      test('are recorded and replaced', async () => {
        const [track] = await withTracks(1)
        const key = { trackId: track?.id ?? '', ...transcode }
        const state = () => catalog.stageState(key.trackId, key.stage, key.fingerprint)
        expect(await state()).toBeNull()

        await catalog.recordSkipped({ ...key, code: 'forbidden', reason: 'not to be decoded' })
        expect(await state()).toMatchObject({ state: 'skipped', code: 'forbidden', seconds: 0 })
        await catalog.recordSkipped({ ...key, reason: 'no need' })
        expect(await state()).toMatchObject({ state: 'skipped', code: null, reason: 'no need' })
        await catalog.recordFailed({ ...key, seconds: 0.25, failure: silent })
        expect(await state()).toMatchObject({
          state: 'failed',
          code: 'silent',
          reason: 'nothing but zeros',
          seconds: 0.25,
          updatedAt: expect.any(Date),
        })
        await catalog.recordDone({ ...key, seconds: 0.5 })
        expect(await state()).toMatchObject({
          state: 'done',
          code: null,
          reason: null,
          seconds: 0.5,
        })
        expect(await catalog.stageState(key.trackId, 'transcode', 'f2')).toBeNull()
      })

      test('a late failure does not undo a success', async () => {
        const [track] = await withTracks(1)
        const key = { trackId: track?.id ?? '', ...transcode }
        await catalog.recordDone({ ...key, seconds: 1 })
        await catalog.recordFailed({ ...key, seconds: 2, failure: silent })
        expect(await catalog.stageState(key.trackId, 'transcode', 'f1')).toMatchObject({
          state: 'done',
          seconds: 1,
        })
        await catalog.recordFailed({ ...key, fingerprint: 'f2', seconds: 2, failure: silent })
        expect((await catalog.stageState(key.trackId, 'transcode', 'f2'))?.state).toBe('failed')
      })

      test('of many tracks are recorded at once, and say which were not done before', async () => {
        const [done, failed, fresh] = idsOf(await withTracks(3)) as [string, string, string]
        await catalog.recordDone({ trackId: done, ...transcode, seconds: 7 })
        await catalog.recordFailed({ trackId: failed, ...transcode, seconds: 1, failure: silent })
        const trackIds = [fresh, done, failed, fresh]
        const written = await catalog.recordAllDone({ trackIds, ...transcode, seconds: 2 })
        expect(written.sort()).toEqual([failed, fresh].sort())
        const states = await Promise.all(
          [done, failed, fresh].map((id) => catalog.stageState(id, 'transcode', 'f1')),
        )
        expect(states).toMatchObject([
          { state: 'done', seconds: 7 },
          { state: 'done', seconds: 2, code: null, reason: null },
          { state: 'done', seconds: 2 },
        ])
        expect(await catalog.stageCounts('transcode', 'f1')).toEqual({
          done: 3,
          failed: 0,
          skipped: 0,
          seconds: 11,
        })
        expect(await catalog.recordAllDone({ trackIds, ...transcode, seconds: 3 })).toEqual([])
        expect(await catalog.recordAllDone({ trackIds: [], ...transcode, seconds: 3 })).toEqual([])
        await expect(
          catalog.recordAllDone({ trackIds: ['tnone'], ...transcode, seconds: 1 }),
        ).rejects.toMatchObject({ code: 'unknown-track' })
      })

      test('of a track there is not are refused', async () => {
        const outcome = { trackId: 'tnone', ...transcode, seconds: 1 }
        await expect(catalog.recordDone(outcome)).rejects.toMatchObject({ code: 'unknown-track' })
      })

      test('are counted as they change', async () => {
        const tracks = await withTracks(6)
        const counts = () => catalog.stageCounts('transcode', 'f1')
        expect(await counts()).toEqual({ done: 0, failed: 0, skipped: 0, seconds: 0 })

        const keys = tracks.map(({ id }) => ({ trackId: id, ...transcode }))
        const outcomes = keys.map((key, index) => {
          if (index < 3) return catalog.recordDone({ ...key, seconds: 1 })
          if (index < 5) return catalog.recordFailed({ ...key, seconds: 0.5, failure: silent })
          return catalog.recordSkipped({ ...key, reason: 'no need' })
        })
        await Promise.all(outcomes)
        expect(await counts()).toEqual({ done: 3, failed: 2, skipped: 1, seconds: 4 })

        await catalog.recordDone({ trackId: tracks[3]?.id ?? '', ...transcode, seconds: 2 })
        await catalog.recordDone({ trackId: tracks[0]?.id ?? '', ...transcode, seconds: 3 })
        expect(await counts()).toEqual({ done: 4, failed: 1, skipped: 1, seconds: 7.5 })

        await catalog.forget({ stage: 'transcode' })
        await catalog.forgetDone({ trackId: tracks[0]?.id ?? '', ...transcode })
        expect(await counts()).toEqual({ done: 3, failed: 0, skipped: 1, seconds: 4 })
        expect(await catalog.stageCounts('transcode', 'f2')).toMatchObject({ done: 0 })
      })

      test('are counted right when many are recorded at once', async () => {
        const tracks = await withTracks(40)
        await Promise.all(
          tracks.flatMap(({ id }) => [
            catalog.recordFailed({ trackId: id, ...transcode, seconds: 1, failure: silent }),
            catalog.recordDone({ trackId: id, ...transcode, seconds: 1 }),
            catalog.recordDone({ trackId: id, ...spectrogram, seconds: 1 }),
          ]),
        )
        expect(await catalog.stageCounts('transcode', 'f1')).toMatchObject({ done: 40, failed: 0 })
        expect(await catalog.stageCounts('spectrogram', 'f1')).toMatchObject({
          done: 40,
          failed: 0,
        })
      })
    })

    describe('failures', () => {
      const fail = async (
        track: Track | undefined,
        code: 'silent' | 'too-short',
        stage: typeof transcode | typeof spectrogram = transcode,
      ) =>
        catalog.recordFailed({
          trackId: track?.id ?? '',
          ...stage,
          seconds: 1,
          failure: new Failure(code, `it is ${code}`),
        })

      test('are listed newest first, page by page, each once', async () => {
        const tracks = await withTracks(7)
        for (const track of tracks) await fail(track, 'silent')
        const all = await catalog.failures({ limit: 100 })
        expect(all.map(({ trackId }) => trackId).sort()).toEqual(idsOf(tracks))
        const times = all.map(({ updatedAt }) => updatedAt.getTime())
        expect(times).toEqual([...times].sort((a, b) => b - a))
        expect(all[0]).toMatchObject({
          ...transcode,
          code: 'silent',
          reason: 'it is silent',
          seconds: 1,
        })

        const paged = []
        for (let after = ''; ; after = paged.at(-1)?.cursor ?? '') {
          const page = await catalog.failures({ limit: 3, ...(after !== '' && { after }) })
          if (page.length === 0) break
          paged.push(...page)
        }
        expect(paged).toEqual(all)
      })

      test('are chosen by stage, fingerprint and code', async () => {
        const [one, two] = await withTracks(2)
        await fail(one, 'silent')
        await fail(two, 'too-short')
        const found = (query: object) => catalog.failures({ limit: 10, ...query })
        expect(await found({ code: 'too-short' })).toMatchObject([{ trackId: two?.id }])
        expect(await found({ stage: 'transcode', fingerprint: 'f1' })).toHaveLength(2)
        expect(await found({ stage: 'embed' })).toEqual([])
        expect(await found({ fingerprint: 'f2' })).toEqual([])
        await catalog.recordDone({ trackId: one?.id ?? '', ...transcode, seconds: 1 })
        expect(await found({})).toHaveLength(1)
      })

      test('are forgotten by stage, code and track; nothing else is', async () => {
        const tracks = await withTracks(4)
        await catalog.recordDone({ trackId: tracks[0]?.id ?? '', ...transcode, seconds: 1 })
        for (const track of tracks.slice(1, 3)) await fail(track, 'silent')
        await fail(tracks[3], 'too-short')
        expect(await catalog.forget({ stage: 'embed' })).toBe(0)
        expect(await catalog.forget({ trackIds: [] })).toBe(0)
        expect(await catalog.forget({ code: 'silent', trackIds: [tracks[1]?.id ?? ''] })).toBe(1)
        expect(await catalog.failures({ limit: 10 })).toHaveLength(2)
        expect(await catalog.forget({ minAgeSeconds: 3600 })).toBe(0)
        expect(await catalog.forget({ code: 'silent', minAgeSeconds: 0 })).toBe(1)
        expect(await catalog.forget({})).toBe(1)
        expect(await catalog.stageState(tracks[0]?.id ?? '', 'transcode', 'f1')).not.toBeNull()
      })

      test('are counted where trying again cannot help', async () => {
        const [one, two, three] = await withTracks(3)
        await fail(one, 'silent')
        await fail(two, 'too-short')
        const trackId = three?.id ?? ''
        const failure = new Failure('unavailable', 'the source is down')
        await catalog.recordFailed({ trackId, ...transcode, seconds: 1, failure })
        await fail(three, 'silent', spectrogram)
        expect(await catalog.countPermanentFailures('transcode', 'f1')).toBe(2)
        expect(await catalog.countPermanentFailures('transcode', 'f2')).toBe(0)
      })

      test('refuse a cursor that is none', async () => {
        await expect(catalog.failures({ limit: 1, after: 'x' })).rejects.toThrow(RangeError)
      })
    })

    test('gives the tracks a stage is done for, page by page', async () => {
      const tracks = await withTracks(5)
      const [failed, ...rest] = tracks
      await catalog.recordFailed({
        trackId: failed?.id ?? '',
        ...transcode,
        seconds: 1,
        failure: silent,
      })
      for (const { id } of rest) await catalog.recordDone({ trackId: id, ...transcode, seconds: 1 })
      const first = await catalog.done({ ...transcode, limit: 3 })
      expect(first).toEqual(rest.slice(0, 3))
      const query = { ...transcode, limit: 3, afterId: first.at(-1)?.id ?? '' }
      expect(await catalog.done(query)).toEqual(rest.slice(3))
      expect(await catalog.done({ ...spectrogram, limit: 3 })).toEqual([])
    })

    describe('pending', () => {
      test('are all tracks without a state, where no stage comes before', async () => {
        const tracks = await withTracks(4)
        const [first, second, third] = idsOf(tracks)
        await catalog.recordDone({ trackId: first ?? '', ...transcode, seconds: 1 })
        await catalog.recordFailed({
          trackId: second ?? '',
          ...transcode,
          seconds: 1,
          failure: silent,
        })
        await catalog.recordSkipped({ trackId: third ?? '', ...transcode, reason: 'no need' })
        const query = { after: null, limit: 10 }
        expect(idsOf(await catalog.pending({ ...transcode, ...query }))).toEqual([tracks[3]?.id])
        const other = await catalog.pending({ stage: 'transcode', fingerprint: 'f2', ...query })
        expect(other).toEqual(tracks)
        await catalog.forget({})
        expect(await catalog.pending({ ...transcode, ...query })).toHaveLength(2)
      })

      test('are those whose earlier stage is done with its fingerprint', async () => {
        const [done, failed, old, further] = idsOf(await withTracks(5))
        await catalog.recordDone({ trackId: done ?? '', ...transcode, seconds: 1 })
        await catalog.recordFailed({
          trackId: failed ?? '',
          ...transcode,
          seconds: 1,
          failure: silent,
        })
        await catalog.recordDone({
          trackId: old ?? '',
          ...transcode,
          fingerprint: 'f0',
          seconds: 1,
        })
        await catalog.recordDone({ trackId: further ?? '', ...transcode, seconds: 1 })
        await catalog.recordDone({ trackId: further ?? '', ...spectrogram, seconds: 1 })
        const found = await catalog.pending({ ...spectrogram, after: transcode, limit: 10 })
        expect(idsOf(found)).toEqual([done])
      })

      test('come page by page', async () => {
        const tracks = await withTracks(25)
        for (const { id } of tracks)
          await catalog.recordDone({ trackId: id, ...transcode, seconds: 1 })
        const query = { ...spectrogram, after: transcode, limit: 10 }
        const paged = await catalog.pending(query)
        for (let page = paged; page.length > 0; paged.push(...page)) {
          page = await catalog.pending({ ...query, afterId: paged.at(-1)?.id ?? '' })
        }
        expect(paged).toEqual(tracks)
      })
    })

    test('cursors are kept per source', async () => {
      expect(await catalog.cursor(source)).toBeNull()
      await catalog.saveCursor(source, { position: 'page 3', complete: false })
      await catalog.saveCursor('folder-2', { position: '', complete: true })
      await catalog.saveCursor(source, { position: 'page 4', complete: true })
      expect(await catalog.cursor(source)).toEqual({
        position: 'page 4',
        complete: true,
        updatedAt: expect.any(Date),
      })
    })

    describe('models', () => {
      test('come back as they went in', async () => {
        const manifest = makeModel('m1')
        await catalog.addModel(manifest, 'filling')
        expect(await catalog.model('m1')).toEqual({
          manifest,
          status: 'filling',
          addedAt: expect.any(Date),
        })
        expect(await catalog.model('m2')).toBeNull()
        expect(await catalog.liveModel()).toBeNull()
      })

      test('one at most is live, also when two callers want it', async () => {
        for (const id of ['m1', 'm2', 'm3']) await catalog.addModel(makeModel(id), 'filling')
        await catalog.setLiveModel('m1')
        expect((await catalog.liveModel())?.manifest.id).toBe('m1')
        await catalog.setLiveModel('m1')
        await Promise.all([catalog.setLiveModel('m3'), catalog.setLiveModel('m2')])
        const statuses = (await catalog.models()).map(({ status }) => status).sort()
        expect(statuses).toEqual(['live', 'retired', 'retired'])
        expect((await catalog.model('m1'))?.status).toBe('retired')
      })

      test('added again keep their status', async () => {
        await catalog.addModel(makeModel('m1'), 'filling')
        await catalog.setLiveModel('m1')
        await catalog.addModel({ ...makeModel('m1'), loss: 0.001 }, 'filling')
        expect(await catalog.liveModel()).toMatchObject({ manifest: { loss: 0.001 } })
      })

      test('that are unknown cannot go live, and the one that is stays', async () => {
        await catalog.addModel(makeModel('m1'), 'filling')
        await catalog.setLiveModel('m1')
        await expect(catalog.setLiveModel('m9')).rejects.toThrow(RangeError)
        expect((await catalog.liveModel())?.manifest.id).toBe('m1')
      })

      test('leave with what was embedded with them, save the live one', async () => {
        const [{ id: trackId } = { id: '' }] = await withTracks(1)
        for (const id of ['m1', 'm2']) {
          await catalog.addModel(makeModel(id), 'filling')
          await catalog.recordDone({ trackId, stage: 'embed', fingerprint: id, seconds: 1 })
        }
        await catalog.setLiveModel('m2')
        expect(await catalog.beginRemoval('m2')).toBe(false)
        expect(await catalog.beginRemoval('m3')).toBe(false)
        await catalog.removeModel('m1')
        expect((await catalog.model('m1'))?.status).toBe('filling')

        expect(await catalog.beginRemoval('m1')).toBe(true)
        await expect(catalog.setLiveModel('m1')).rejects.toThrow(RangeError)
        await catalog.removeModel('m1')
        await catalog.removeModel('m1')
        expect((await catalog.models()).map(({ manifest }) => manifest.id)).toEqual(['m2'])
        expect(await catalog.stageState(trackId, 'embed', 'm1')).toBeNull()
        expect((await catalog.stageCounts('embed', 'm1')).done).toBe(0)
        expect((await catalog.stageCounts('embed', 'm2')).done).toBe(1)
      })
    })

    test('knows the time by the clock of the database', async () => {
      const { rows } = await database.pool.query('select now() as then')
      const [{ then }] = rows as [{ then: Date }]
      const now = await catalog.now()
      expect(now.getTime()).toBeGreaterThanOrEqual(then.getTime())
    })

    describe('leases', () => {
      test('go to one of many, and to the next when they end', async () => {
        const taken = await Promise.all(
          Array.from({ length: 5 }, () => catalog.takeLease('train', 60)),
        )
        const [first, ...others] = taken.filter((lease) => lease !== null)
        expect(others).toEqual([])
        expect(await catalog.takeLease('map', 60)).not.toBeNull()
        if (first === undefined) throw new Error('nobody has the lease')
        await catalog.endLease(first)
        const second = await catalog.takeLease('train', 60)
        expect(second?.token).toBeGreaterThan(first.token)
      })

      test('run out unless they are renewed, and then count no more', async () => {
        const first = await catalog.takeLease('train', 0)
        if (first === null) throw new Error('nobody has the lease')
        expect(await catalog.renewLease(first, 60)).toBe(true)
        expect(await catalog.takeLease('train', 60)).toBeNull()
        expect(await catalog.renewLease(first, 0)).toBe(true)
        const second = await catalog.takeLease('train', 60)
        if (second === null) throw new Error('the lease did not run out')
        expect(await catalog.renewLease(first, 60)).toBe(false)
        await catalog.endLease(first)
        expect(await catalog.takeLease('train', 60)).toBeNull()

        await expect(catalog.addModel(makeModel('m1'), 'filling', first)).rejects.toMatchObject({
          code: 'unavailable',
        })
        expect(await catalog.model('m1')).toBeNull()
        await catalog.addModel(makeModel('m1'), 'filling', second)
        expect(await catalog.model('m1')).not.toBeNull()
      })
    })
  })
}
