import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { create } from '@bufbuild/protobuf'
import { Failure, ModelManifestSchema, type TrackStage } from '@soundalike/contracts'
import { createReconciler, type ReconcilerOptions } from '../src/index.ts'
import { fingerprints, openHouse, until, type House } from './house.ts'

const fingerprint = fingerprints.spectrogram
const vectorSize = 4

describe('reconciler', () => {
  let house: House
  beforeEach(async () => {
    house = await openHouse({ databaseUrl: 'pglite:memory', queueUrl: 'database:' })
  })
  afterEach(() => house.close())

  const reconciler = (options: Partial<ReconcilerOptions> = {}) =>
    createReconciler({ ...house, fingerprints, ...options })
  const recordDone = (trackId: string, stage: TrackStage, of: string) =>
    house.catalog.recordDone({ trackId, stage, fingerprint: of, seconds: 0 })
  const stateOf = (trackId: string) => house.catalog.stageState(trackId, 'spectrogram', fingerprint)

  /** Tracks that have a mel image. */
  const picturedTracks = async (count: number): Promise<string[]> => {
    const tracks = await house.addTracks(count)
    for (const trackId of tracks) {
      await recordDone(trackId, 'transcode', fingerprints.transcode)
      await recordDone(trackId, 'spectrogram', fingerprint)
    }
    return tracks
  }
  const addModel = async (id: string, of: string = fingerprint): Promise<void> => {
    await house.vectors.createSpace(id, vectorSize)
    const manifest = create(ModelManifestSchema, { id, fingerprint: of, vectorSize })
    await house.catalog.addModel(manifest, 'filling')
  }
  const embed = async (trackId: string, modelId: string): Promise<void> => {
    const payload = { source: 'folder-1f0c9a2b', artist: '', album: '' }
    const vector = Float32Array.of(1, 2, 3, 4)
    await house.vectors.upsert(modelId, [{ trackId, vector, payload }])
    await recordDone(trackId, 'embed', modelId)
  }

  test('asks for each stage what the stage before has done, and for nothing that ended', async () => {
    const [scraped = '', transcoded = '', pictured = '', silent = ''] = await house.addTracks(4)
    for (const trackId of [transcoded, pictured])
      await recordDone(trackId, 'transcode', fingerprints.transcode)
    await recordDone(pictured, 'spectrogram', fingerprint)
    await house.catalog.recordFailed({
      trackId: silent,
      stage: 'transcode',
      fingerprint: fingerprints.transcode,
      seconds: 0,
      failure: new Failure('silent', 'no sound'),
    })
    await addModel('model-1')
    expect(await reconciler().run()).toEqual({
      enqueued: { transcode: 1, spectrogram: 1, embed: 1 },
      repaired: 0,
      promoted: null,
      removed: [],
    })
    const queue = house.pipeline.backend.openQueue('transcode-folder')
    expect(await queue.getRanges(['prioritized'], 0, -1)).toEqual([
      `transcode-${scraped}-${fingerprints.transcode}`,
    ])
    await queue.close()
  })

  test('makes everything anew for other fingerprints', async () => {
    await picturedTracks(3)
    const { enqueued } = await reconciler({
      fingerprints: { ...fingerprints, spectrogram: 'mel-2' },
    }).run()
    expect(enqueued).toEqual({ transcode: 0, spectrogram: 3, embed: 0 })
  })

  test('adds nothing to a queue that is full, and the rest later', async () => {
    await house.addTracks(3)
    const counts = { waiting: 10_000, active: 0, delayed: 0, failed: 0 }
    const enqueue: House['pipeline']['enqueue'] = (...job) => house.pipeline.enqueue(...job)
    const full = { ...house.pipeline, enqueue, counts: () => Promise.resolve(counts) }
    expect((await reconciler({ pipeline: full }).run()).enqueued.transcode).toBe(0)
    expect((await reconciler().run()).enqueued.transcode).toBe(3)
  })

  test('brings a model to life once its space is full enough', async () => {
    const tracks = await picturedTracks(10)
    await addModel('model-1')
    const reconcile = reconciler({ liveCoverage: 0.9 })
    expect((await reconcile.run()).enqueued.embed).toBe(10)

    for (const trackId of tracks.slice(0, 8)) await embed(trackId, 'model-1')
    expect((await reconcile.run()).promoted).toBeNull()
    expect(await house.vectors.live()).toBeNull()

    await embed(tracks[8] ?? '', 'model-1')
    expect(await reconcile.run()).toMatchObject({ promoted: 'model-1', enqueued: { embed: 1 } })
    expect(await house.vectors.live()).toBe('model-1')
    expect((await house.catalog.liveModel())?.manifest.id).toBe('model-1')
    expect((await reconcile.run()).promoted).toBeNull()
  })

  test('brings a model to life though some images cannot be embedded, but not if none can', async () => {
    const [embedded = '', broken = '', away = ''] = await picturedTracks(3)
    await addModel('model-1')
    const fail = (trackId: string, failure: Failure, modelId = 'model-1') =>
      house.catalog.recordFailed({
        trackId,
        stage: 'embed',
        fingerprint: modelId,
        seconds: 0,
        failure,
      })
    const reconcile = reconciler()
    await fail(broken, new Failure('bad-vector', 'all zeros'))
    expect((await reconcile.run()).promoted).toBeNull()
    await embed(embedded, 'model-1')
    await fail(away, new Failure('unavailable', 'the store is down'))
    expect((await reconcile.run()).promoted).toBeNull()
    await fail(away, new Failure('bad-vector', 'all zeros'))
    expect((await reconcile.run()).promoted).toBe('model-1')

    await addModel('model-2')
    for (const trackId of [embedded, broken, away])
      await fail(trackId, new Failure('bad-model', 'damaged'), 'model-2')
    expect((await reconcile.run()).promoted).toBeNull()
  })

  test('looks through the tracks only where the sums say that something is missing', async () => {
    await picturedTracks(2)
    const looked: TrackStage[] = []
    const pending: House['catalog']['pending'] = (query) => {
      looked.push(query.stage)
      return house.catalog.pending(query)
    }
    const reconcile = reconciler({ catalog: { ...house.catalog, pending } })
    await reconcile.run()
    expect(looked.splice(0)).toEqual(['transcode', 'spectrogram'])
    expect((await reconcile.run()).enqueued).toEqual({ transcode: 0, spectrogram: 0, embed: 0 })
    expect(looked).toEqual([])
    await house.addTracks(1)
    expect((await reconcile.run()).enqueued.transcode).toBe(1)
    expect(looked).toEqual(['transcode'])
  })

  test('finds what sums that agree by chance hide, a while later', async () => {
    const reconcile = reconciler()
    const [stray = ''] = await house.addTracks(2)
    // Has an image though its PCM is recorded nowhere, as after somebody's repair by hand.
    await recordDone(stray, 'spectrogram', fingerprint)
    await reconcile.run()
    const [, transcoded = ''] = await house.addTracks(2)
    await recordDone(transcoded, 'transcode', fingerprints.transcode)
    expect((await reconcile.run()).enqueued.spectrogram).toBe(0)
    let found = 0
    for (let at = 2; at <= 60; at += 1) found += (await reconcile.run()).enqueued.spectrogram
    expect(found).toBe(1)
  })

  test('brings no model to life over an empty library', async () => {
    await addModel('model-1')
    expect((await reconciler().run()).promoted).toBeNull()
  })

  test('fills the space of a new model while the old one serves, and passes over those left behind', async () => {
    const tracks = await picturedTracks(2)
    await addModel('abandoned')
    await addModel('old')
    for (const trackId of tracks) await embed(trackId, 'old')
    const reconcile = reconciler()
    expect((await reconcile.run()).promoted).toBe('old')

    await addModel('new')
    expect(await reconcile.run()).toMatchObject({ promoted: null, enqueued: { embed: 2 } })
    expect(await house.vectors.live()).toBe('old')
    for (const trackId of tracks) await embed(trackId, 'new')
    expect((await reconcile.run()).promoted).toBe('new')
    expect(await reconcile.run()).toMatchObject({ promoted: null, enqueued: { embed: 0 } })
  })

  test('embeds with a new model from the mel images alone', async () => {
    const tracks = await picturedTracks(3)
    await addModel('old')
    for (const trackId of tracks) await embed(trackId, 'old')
    const reconcile = reconciler()
    await reconcile.run()

    await addModel('new')
    const ran: string[] = []
    const previewsAreGone = async (): Promise<never> => {
      ran.push('transcode or spectrogram')
      throw new Failure('no-preview', 'gone')
    }
    await house.run('transcode', previewsAreGone)
    await house.run('spectrogram', previewsAreGone)
    await house.run('embed', async ({ payload }) => {
      ran.push(payload.modelId)
      await embed(payload.trackId, payload.modelId)
    })
    await reconcile.run()
    await until('all vectors', async () => (await house.vectors.count('new')) === tracks.length)
    expect((await reconcile.run()).promoted).toBe('new')
    expect(ran).toEqual(['new', 'new', 'new'])
  })

  test('leaves a model alone that somebody went back from', async () => {
    const tracks = await picturedTracks(2)
    const reconcile = reconciler()
    for (const id of ['old', 'new']) {
      await addModel(id)
      for (const trackId of tracks) await embed(trackId, id)
      expect((await reconcile.run()).promoted).toBe(id)
    }
    await house.catalog.setLiveModel('old')
    expect((await reconcile.run()).promoted).toBeNull()
    expect((await reconciler().run()).promoted).toBeNull()
    expect((await house.catalog.liveModel())?.manifest.id).toBe('old')
    expect(await house.vectors.live()).toBe('old')
  })

  test('sets the live space right where it was left behind', async () => {
    const [trackId = ''] = await picturedTracks(1)
    for (const id of ['one', 'two']) await addModel(id)
    for (const id of ['one', 'two']) await embed(trackId, id)
    const reconcile = reconciler()
    await reconcile.run()
    await house.vectors.setLive('one')
    await reconcile.run()
    expect(await house.vectors.live()).toBe('two')
  })

  test('has a stage run again whose output is gone, but not over and over', async () => {
    const [trackId = ''] = await house.addTracks(1)
    await recordDone(trackId, 'transcode', fingerprints.transcode)
    await house.run('spectrogram', async () => {
      throw new Failure('missing-input', 'no PCM')
    })
    let transcodes = 0
    await house.run('transcode', async () => {
      transcodes += 1
      return [{ stage: 'spectrogram', payload: { trackId, fingerprint } }]
    })
    const reconcile = reconciler()
    await reconcile.run()
    await until('a record', async () => (await stateOf(trackId)) !== null)
    expect(transcodes).toBe(0)

    expect(await reconcile.run()).toMatchObject({ repaired: 1, enqueued: { transcode: 1 } })
    await until('transcode and spectrogram again', async () => {
      return transcodes === 1 && (await stateOf(trackId)) !== null
    })
    expect(await reconcile.run()).toMatchObject({ repaired: 0, enqueued: { transcode: 0 } })
    expect(await stateOf(trackId)).toMatchObject({ state: 'failed', code: 'missing-input' })
  })

  test('has a stage run again after a while that failed for a reason which may have passed', async () => {
    const [away = '', silent = '', lost = '', poison = ''] = await house.addTracks(4)
    const fail = (trackId: string, failure: Failure) =>
      house.catalog.recordFailed({
        trackId,
        stage: 'transcode',
        fingerprint: fingerprints.transcode,
        seconds: 0,
        failure,
      })
    await fail(away, new Failure('unavailable', 'the source is down'))
    await fail(silent, new Failure('silent', 'no sound'))
    await fail(lost, new Failure('missing-input', 'gone'))
    await fail(poison, new Failure('worker-lost', 'again and again'))
    expect((await reconciler().run()).enqueued.transcode).toBe(0)
    expect((await reconciler({ retryAfterSeconds: 0 }).run()).enqueued.transcode).toBe(1)
    const handled: string[] = []
    await house.run('transcode', async ({ payload }) => void handled.push(payload.trackId))
    await until('the job', () => handled.length === 1)
    expect(handled).toEqual([away])
  })

  test('has a stage run once more that failed for a reason which may be the track, and then leaves it', async () => {
    const codes = ['timed-out', 'decoder-crashed', 'internal'] as const
    const tracks = await house.addTracks(codes.length)
    const failAll = () =>
      Promise.all(
        codes.map((code, at) =>
          house.catalog.recordFailed({
            trackId: tracks[at] ?? '',
            stage: 'transcode',
            fingerprint: fingerprints.transcode,
            seconds: 0,
            failure: new Failure(code, 'as ever'),
          }),
        ),
      )
    await failAll()
    expect((await reconciler().run()).enqueued.transcode).toBe(0)
    const patient = reconciler({ retryAfterSeconds: 0 })
    expect((await patient.run()).enqueued.transcode).toBe(3)
    await failAll()
    expect((await patient.run()).enqueued.transcode).toBe(0)
    expect(await house.catalog.failures({ limit: 10 })).toHaveLength(3)
  })

  test('asks again for a walk that was lost before its end, and for no other', async () => {
    const [lost, unbegun, ended, failed] = ['a', 'b', 'c', 'd'].map((at) => `folder-0000000${at}`)
    const reconcile = reconciler({ sourceIds: [lost, unbegun, ended, failed].map(String) })
    await house.catalog.saveCursor(String(lost), { position: 'page 7', complete: false })
    await house.catalog.saveCursor(String(ended), { position: '', complete: true })
    await house.pipeline.enqueue('scrape', [{ source: String(failed) }])
    await house.run('scrape', async () => {
      throw new Failure('forbidden', 'no')
    })
    await until('a failed walk', async () => (await house.pipeline.counts('scrape')).failed === 1)
    await house.stopRunners()

    await reconcile.run()
    await reconcile.run()
    const queue = house.pipeline.backend.openQueue('scrape')
    expect((await queue.getRanges(['prioritized'], 0, -1)).sort()).toEqual([
      `scrape-${String(lost)}`,
      `scrape-${String(unbegun)}`,
    ])
    await queue.close()
  })

  test('stops though a comparison hangs', async () => {
    const begun = Promise.withResolvers<void>()
    const models = () => {
      begun.resolve()
      return new Promise<never>(() => undefined)
    }
    const reconcile = reconciler({ catalog: { ...house.catalog, models } })
    reconcile.start(10)
    await begun.promise
    await reconcile.stop({ timeoutMs: 10 })
  })

  test('runs again when a comparison failed', async () => {
    await house.addTracks(1)
    let broken = true
    const reconcile = reconciler({
      pipeline: {
        ...house.pipeline,
        enqueue: (...job) =>
          broken ? Promise.reject(new Error('away')) : house.pipeline.enqueue(...job),
      },
    })
    await expect(reconcile.run()).rejects.toThrow('away')
    reconcile.start(10)
    broken = false
    await until('the job', async () => (await house.pipeline.counts('transcode')).waiting === 1)
    await reconcile.stop({ timeoutMs: 30_000 })
  })
})
