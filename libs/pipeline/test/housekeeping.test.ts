import { mkdtemp, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { create } from '@bufbuild/protobuf'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { openBlobs, type BlobStore } from '@soundalike/blobs'
import { Failure, keys, ModelManifestSchema, trackId, type TrackStage } from '@soundalike/contracts'
import {
  coverageOf,
  createHousekeeping,
  createReconciler,
  type HousekeepingOptions,
} from '../src/index.ts'
import { fingerprints, openHouse, source, type House } from './house.ts'

const { transcode: pcm, spectrogram: mel } = fingerprints

describe('housekeeping', () => {
  let house: House
  let folder: string
  let blobs: BlobStore
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'soundalike-housekeeping-'))
    blobs = await openBlobs(pathToFileURL(folder).href)
    house = await openHouse({ databaseUrl: 'pglite:memory', queueUrl: 'database:' })
  })
  afterEach(async () => {
    await house.close()
    await blobs.close()
    await rm(folder, { recursive: true, force: true })
  })

  /** To which every blob is old enough, whatever the clock of its disk. */
  const housekeeping = (options: Partial<HousekeepingOptions> = {}) =>
    createHousekeeping({
      ...house,
      blobs,
      fingerprints,
      keepPreviousModels: 1,
      minAgeSeconds: -60,
      ...options,
    })
  const put = async (...newKeys: string[]): Promise<void> => {
    for (const key of newKeys) await blobs.put(key, Buffer.from('x'))
  }
  /** Older than any run is waited for. */
  const makeOld = async (key: string): Promise<void> => {
    const eightDaysAgo = new Date(Date.now() - 8 * 24 * 3600 * 1000)
    await utimes(join(folder, key), eightDaysAgo, eightDaysAgo)
  }
  const allKeys = async (): Promise<string[]> =>
    (await Array.fromAsync(blobs.list(''), ({ key }) => key)).sort()
  const done = (track: string, stage: TrackStage, fingerprint: string) =>
    house.catalog.recordDone({ trackId: track, stage, fingerprint, seconds: 0 })
  const failed = (track: string, failure: Failure) =>
    house.catalog.recordFailed({
      ...{ trackId: track, stage: 'spectrogram', fingerprint: mel },
      ...{ seconds: 0, failure },
    })

  describe('of models', () => {
    const addModel = async (id: string): Promise<void> => {
      await house.vectors.createSpace(id, 4)
      const manifest = create(ModelManifestSchema, { id, fingerprint: mel, vectorSize: 4 })
      await house.catalog.addModel(manifest, 'filling')
      await put(keys.model(id, 'manifest.json'), keys.model(id, 'weights.bin'), keys.map(id))
    }
    const goLive = async (id: string): Promise<void> => {
      await house.catalog.setLiveModel(id)
      await house.vectors.setLive(id)
    }
    const idsOf = async (): Promise<string[]> =>
      (await house.catalog.models()).map(({ manifest }) => manifest.id).sort()
    const spaces = async (): Promise<string[]> =>
      (await house.vectors.spaces()).map(({ space }) => space).sort()

    test('keeps the live one, the one before, and those that are filled', async () => {
      for (const id of ['first', 'second']) {
        await addModel(id)
        await goLive(id)
      }
      await addModel('overtaken')
      await addModel('third')
      await goLive('third')
      await addModel('newest')
      expect((await housekeeping().pruneModels()).sort()).toEqual(['first', 'overtaken'])
      const left = ['newest', 'second', 'third']
      expect(await idsOf()).toEqual(left)
      expect(await spaces()).toEqual(left)
      expect(await allKeys()).toEqual(
        left
          .flatMap((id) => [
            ...[keys.model(id, 'manifest.json'), keys.model(id, 'weights.bin'), keys.map(id)],
          ])
          .sort(),
      )
      expect(await housekeeping().pruneModels()).toEqual([])
    })

    test('keeps the one somebody went back from, and removes nothing while none is live', async () => {
      await addModel('first')
      await addModel('second')
      expect(await housekeeping({ keepPreviousModels: 0 }).pruneModels()).toEqual([])
      await goLive('second')
      await goLive('first')
      expect(await housekeeping().pruneModels()).toEqual([])
      expect((await house.catalog.model('second'))?.status).toBe('retired')
    })

    test('goes on where it was cut off', async () => {
      for (const id of ['first', 'second']) {
        await addModel(id)
        await goLive(id)
      }
      const away = { dropSpace: () => Promise.reject(new Failure('unavailable', 'away')) }
      const cutOff = housekeeping({ keepPreviousModels: 0, vectors: away })
      await expect(cutOff.pruneModels()).rejects.toMatchObject({ code: 'unavailable' })
      expect((await house.catalog.model('first'))?.status).toBe('leaving')
      expect(await housekeeping().pruneModels()).toEqual(['first'])
      expect(await spaces()).toEqual(['second'])
    })

    test('is done by the reconciler', async () => {
      for (const id of ['first', 'second']) {
        await addModel(id)
        await goLive(id)
      }
      const options = { housekeeping: housekeeping({ keepPreviousModels: 0 }) }
      const reconciler = createReconciler({ ...house, fingerprints, ...options })
      expect((await reconciler.run()).removed).toEqual(['first'])
    })

    test('tells how full a space is', async () => {
      await addModel('first')
      const manifest = { id: 'first', fingerprint: mel }
      const coverage = () => coverageOf(house.catalog, house.vectors, manifest)
      expect(await coverage()).toEqual({ vectors: 0, images: 0, share: 0 })
      const tracks = await house.addTracks(5)
      for (const track of tracks) await done(track, 'spectrogram', mel)
      const [embedded = '', refused = ''] = tracks
      const failure = new Failure('bad-vector', 'all zeros')
      const key = { trackId: refused, stage: 'embed', fingerprint: 'first' } as const
      await house.catalog.recordFailed({ ...key, seconds: 0, failure })
      const payload = { source, artist: '', album: '' }
      const vector = Float32Array.of(1, 2, 3, 4)
      await house.vectors.upsert('first', [{ trackId: embedded, vector, payload }])
      expect(await coverage()).toEqual({ vectors: 1, images: 4, share: 0.25 })
    })
  })

  describe('of blobs', () => {
    test('deletes PCM that no mel image will be made of', async () => {
      const tracks = await house.addTracks(5)
      const [waiting = '', pictured = '', hopeless = '', unlucky = '', untold = ''] = tracks
      for (const track of [waiting, pictured, hopeless, unlucky])
        await done(track, 'transcode', pcm)
      await done(pictured, 'spectrogram', mel)
      await failed(hopeless, new Failure('silent', 'no sound'))
      await failed(unlucky, new Failure('unavailable', 'the disk is full'))
      const unknown = trackId(source, 'of another library')
      const wanted = [keys.pcm(pcm, waiting), keys.pcm(pcm, unlucky)]
      await put(
        ...[...wanted, keys.pcm(pcm, pictured), keys.pcm(pcm, hopeless), keys.pcm(pcm, untold)],
        ...[keys.pcm(pcm, unknown), keys.pcm('pcm-0', waiting)],
      )
      expect(await housekeeping({ minAgeSeconds: 3600 }).sweep()).toBe(0)
      expect(await housekeeping().sweep()).toBe(5)
      expect(await allKeys()).toEqual(wanted.sort())
    })

    test('deletes what the catalog does not know, and keeps what it does', async () => {
      const [pictured = '', lost = ''] = await house.addTracks(2)
      await done(pictured, 'spectrogram', mel)
      await done(pictured, 'spectrogram', 'mel-0')
      const manifest = create(ModelManifestSchema, { id: 'm1', fingerprint: mel, vectorSize: 4 })
      await house.catalog.addModel(manifest, 'filling')
      await house.pipeline.enqueue('train', [{ runId: 'run-1', fingerprint: mel }])
      const wanted = [
        ...[keys.mel(mel, pictured), keys.mel('mel-0', pictured), keys.map('m1')],
        ...[keys.model('m1', 'manifest.json'), keys.model('m1', 'weights.bin')],
        ...[keys.checkpoint('run-1', 7), keys.trainingSample('run-1')],
        'notes/of-somebody-else',
      ]
      await put(...wanted, keys.mel(mel, lost), keys.model('m0', 'weights.bin'), keys.map('m0'))
      const left = [keys.checkpoint('run-0', 3), keys.trainingSample('run-0'), 'checkpoints/run-9']
      await put(...left)
      for (const key of left) await makeOld(key)
      expect(await housekeeping().sweep()).toBe(6)
      expect(await allKeys()).toEqual(wanted.sort())
    })

    test('keeps what is young by the clock of the database, though its own is ahead', async () => {
      await put(keys.pcm(pcm, 'being-written'), keys.model('being-written', 'weights.bin'))
      const now = () => Promise.resolve(new Date(Date.now() - 2 * 3600 * 1000))
      const ahead = housekeeping({ catalog: { ...house.catalog, now } })
      expect(await ahead.sweep()).toBe(0)
      expect(await housekeeping().sweep()).toBe(1)
    })

    test('keeps what was written anew while the others were looked at', async () => {
      const key = keys.pcm(pcm, 'lost')
      await put(key)
      await makeOld(key)
      const stageState: House['catalog']['stageState'] = async (...about) => {
        await put(key)
        return house.catalog.stageState(...about)
      }
      const options = { catalog: { ...house.catalog, stageState }, minAgeSeconds: 3600 }
      expect(await housekeeping(options).sweep()).toBe(0)
      await makeOld(key)
      expect(await housekeeping({ minAgeSeconds: 3600 }).sweep()).toBe(1)
    })

    test('leaves alone what others keep beside the checkpoints, and runs that may be asked for again', async () => {
      const foreign = [`checkpoints/${'a'.repeat(100)}`, 'checkpoints/run-1/notes']
      await put(...foreign, keys.checkpoint('run-2', 1), keys.trainingSample('run-2'))
      for (const key of foreign) await makeOld(key)
      await put(keys.pcm(pcm, 'lost'))
      expect(await housekeeping().sweep()).toBe(1)
      expect(await allKeys()).toHaveLength(4)
    })

    test('deletes no images where most belong to nothing, as beside the wrong catalog', async () => {
      const [one = '', two = '', three = ''] = await house.addTracks(3)
      await done(one, 'spectrogram', mel)
      await put(keys.mel(mel, one), keys.mel(mel, two), keys.mel(mel, three))
      await put(keys.pcm(pcm, two))
      expect(await housekeeping().sweep()).toBe(1)
      expect(await allKeys()).toHaveLength(3)
    })
  })
})
