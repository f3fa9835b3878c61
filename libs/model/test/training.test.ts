import { jest, describe, expect, test } from '@jest/globals'
import { bundleFiles, openEncoder, readBundle, trainModel } from '../src/index.ts'
import type { Epoch } from '../src/index.ts'
import { architectureNamed } from '../src/architectures/index.ts'
import { placeParameters } from '../src/parameters.ts'
import type { Checkpoint } from '../src/training/checkpoint.ts'
import { startRanks } from '../src/training/ranks.ts'
import { createSharedState } from '../src/training/shared-state.ts'
import { libraryOf, makeImages } from './sounds.ts'

const images = makeImages(6, 2)
const preset = { name: 'seed-v1', fingerprint: '0123456789ab' }
const options = {
  images: libraryOf(images, 2),
  preset,
  seed: 5,
  budgetSeconds: 600,
  batchSize: 16,
  maxSteps: 9,
  licences: { 'CC0-1.0': 12 },
}

jest.setTimeout(180_000)

/** A checkpoint without its numbers. */
const headerOf = (checkpoint: Uint8Array): Omit<Checkpoint, 'numbers'> => {
  const buffer = Buffer.from(checkpoint)
  return JSON.parse(buffer.toString('utf8', 4, 4 + buffer.readUInt32LE(0))) as Checkpoint
}

describe('training', () => {
  test('lowers the loss, is repeatable, and the bundle encodes after a round trip', async () => {
    const epochs: Epoch[] = []
    const first = await trainModel({ ...options, onProgress: (epoch) => epochs.push(epoch) })
    expect(epochs.length).toBeGreaterThan(1)
    expect(epochs.at(-1)!.loss).toBeLessThan(0.8 * epochs[0]!.loss)
    expect(epochs.every(({ cropsPerSecond }) => cropsPerSecond > 0)).toBe(true)
    expect(first.manifest.loss).toBe(Math.min(...epochs.map((epoch) => epoch.validationLoss)))
    expect(first.manifest.trainingSet).toMatchObject({ licences: { 'CC0-1.0': 12 } })

    expect(first.reconstructions.length).toBeGreaterThan(0)
    for (const { crop, drawn, error } of first.reconstructions) {
      const squares = crop.reduce((sum, value, at) => sum + (value - drawn[at]!) ** 2, 0)
      expect(squares / crop.length / 255 ** 2).toBeCloseTo(error, 3)
    }

    const second = await trainModel(options)
    expect(second.manifest.id).toBe(first.manifest.id)
    const other = await trainModel({ ...options, seed: 6, maxSteps: 1 })
    expect(other.manifest.id).not.toBe(first.manifest.id)

    const read = readBundle(bundleFiles(first), preset.fingerprint)
    expect(read.manifest).toEqual(first.manifest)
    expect(read.weights).toEqual(first.weights)

    const encoder = await openEncoder(read, { threads: 2 })
    try {
      expect(encoder.backend).toBe(first.manifest.backend)
      const silent = new Uint8Array(128 * 128)
      const vectors = await encoder.encode([...images, silent])
      expect(vectors).toHaveLength(images.length + 1)
      for (const vector of vectors) {
        expect(vector).toHaveLength(256)
        expect(vector.every(Number.isFinite)).toBe(true)
      }
      // Alone or among others, a track has the same vector.
      const [alone] = await encoder.encode([images[8]!])
      vectors[8]!.forEach((value, place) => expect(alone![place]).toBeCloseTo(value, 3))
      const errors = await encoder.reconstructionErrors(images)
      expect(errors).toHaveLength(images.length)
      expect(errors.every((error) => error > 0 && error < 0.1)).toBe(true)
      await expect(encoder.encode([new Uint8Array(100)])).rejects.toThrow('100 bytes')
    } finally {
      await encoder.close()
    }
  })

  test('cut off after an epoch, goes on to the same result', async () => {
    const whole = await trainModel(options)
    let kept: Uint8Array | null = null
    const store = {
      load: async () => kept,
      save: async (checkpoint: Uint8Array) => {
        kept = checkpoint
      },
    }
    const controller = new AbortController()
    const cutOff = trainModel({
      ...options,
      signal: controller.signal,
      checkpoints: {
        ...store,
        save: async (checkpoint) => {
          await store.save(checkpoint)
          controller.abort(new Error('cut off'))
        },
      },
    })
    await expect(cutOff).rejects.toThrow('cut off')
    const epochs: number[] = []
    const resumed = await trainModel({
      ...options,
      checkpoints: store,
      onProgress: ({ epoch }) => epochs.push(epoch),
    })
    expect(epochs[0]).toBe(2)
    expect(resumed.manifest.id).toBe(whole.manifest.id)
    expect(resumed.manifest.epochs.map(({ loss }) => loss)).toEqual(
      whole.manifest.epochs.map(({ loss }) => loss),
    )
  })

  test('a slow store gets the newest checkpoint only, with the epochs up to it and no others', async () => {
    const { promise: third, resolve: reachThird } = Promise.withResolvers<void>()
    const kept: Pick<Checkpoint, 'standing' | 'epochs'>[] = []
    await trainModel({
      ...options,
      maxSteps: 5,
      stepsPerEpoch: 1,
      checkpoints: {
        load: async () => null,
        save: async (checkpoint) => {
          kept.push(headerOf(checkpoint))
          await third
        },
      },
      onProgress: ({ epoch }) => {
        if (epoch === 4) reachThird()
      },
    })
    for (const { standing, epochs } of kept) {
      expect(epochs.map(({ epoch }) => epoch).at(-1)).toBe(standing.epoch)
    }
    const standings = kept.map(({ standing }) => standing.epoch)
    expect(standings[0]).toBe(1)
    expect(standings[1]).toBeGreaterThanOrEqual(3)
    expect(standings.at(-1)).toBe(4)
  })

  test('cut off after the plateau, finishes without another epoch', async () => {
    let kept = new Uint8Array()
    const save = async (checkpoint: Uint8Array) => {
      kept = Uint8Array.from(checkpoint)
    }
    const short = { ...options, maxSteps: 2, stepsPerEpoch: 1 }
    await trainModel({ ...short, checkpoints: { load: async () => null, save } })
    const numbers = kept.subarray(4 + Buffer.from(kept).readUInt32LE(0))
    const { standing, ...header } = headerOf(kept)
    const text = Buffer.from(
      JSON.stringify({ ...header, standing: { ...standing, sinceBest: 12 } }),
    )
    const length = Buffer.alloc(4)
    length.writeUInt32LE(text.length)
    const onPlateau = Buffer.concat([length, text, numbers])
    const epochs: number[] = []
    const { manifest } = await trainModel({
      ...short,
      checkpoints: { load: async () => onPlateau, save },
      onProgress: ({ epoch }) => epochs.push(epoch),
    })
    expect(epochs).toEqual([])
    expect(manifest.epochs).toHaveLength(1)
    expect(manifest.loss).toBe(standing.bestLoss)
  })

  test('does not care what the clock on the wall says', async () => {
    const clock = jest.spyOn(Date, 'now').mockReturnValue(0)
    try {
      const epochs: number[] = []
      await trainModel({
        ...options,
        maxSteps: 2,
        stepsPerEpoch: 1,
        onProgress: ({ epoch }) => epochs.push(epoch),
      })
      expect(epochs).toEqual([1, 2])
    } finally {
      clock.mockRestore()
    }
  })

  test('validates after as many steps as an epoch may have, each with enough crops for every thread', async () => {
    const epochs: Epoch[] = []
    const onProgress = (epoch: Epoch) => epochs.push(epoch)
    const few = { ...options, batchSize: 4, threads: 2, maxSteps: 3, stepsPerEpoch: 1 }
    const { manifest } = await trainModel({ ...few, onProgress })
    expect(epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3])
    const ranks = manifest.backend === 'wasm' ? 2 : 1
    for (const { cropsPerSecond, seconds } of epochs) {
      expect(cropsPerSecond * seconds).toBeCloseTo(16 * ranks)
    }
  })

  test('a checkpoint of another run, or a damaged one, is not gone on from', async () => {
    const first: number[] = []
    await trainModel({
      ...options,
      maxSteps: 1,
      checkpoints: { load: async () => new Uint8Array(100), save: async () => undefined },
      onProgress: ({ epoch }) => first.push(epoch),
    })
    expect(first).toEqual([1])
  })

  test('goes on from a model, and refuses one of another kind', async () => {
    const short = { ...options, maxSteps: 1 }
    const first = await trainModel({ ...options, maxSteps: 6 })
    const losses: number[] = []
    const onProgress = ({ loss }: Epoch) => losses.push(loss)
    await trainModel({ ...short, onProgress })
    await trainModel({ ...short, onProgress, startFrom: first })
    expect(losses[1]).toBeLessThan(0.8 * losses[0]!)
    const other = { ...short, startFrom: first, architecture: 'conv2d' }
    await expect(trainModel(other)).rejects.toMatchObject({ code: 'bad-model' })
  })

  test('stops when asked', async () => {
    const controller = new AbortController()
    const training = trainModel({
      ...options,
      maxSteps: 10_000,
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('enough')),
    })
    await expect(training).rejects.toThrow('enough')
  })

  test('stops when asked before it has begun', async () => {
    const starting = new AbortController()
    const started = trainModel({ ...options, maxSteps: 1, signal: starting.signal })
    starting.abort(new Error('while threads start'))
    await expect(started).rejects.toThrow('while threads start')

    const loading = new AbortController()
    const load = async () => {
      loading.abort(new Error('while a checkpoint loads'))
      return null
    }
    const loaded = trainModel({
      ...options,
      maxSteps: 1,
      signal: loading.signal,
      checkpoints: { load, save: async () => undefined },
    })
    await expect(loaded).rejects.toThrow('while a checkpoint loads')
  })

  test('a thread that fails before it is told to train fails the run', async () => {
    const architecture = architectureNamed('conv2d')
    await using ranks = await startRanks(architecture.name, 1)
    const [worker] = ranks.workers
    // No order in it, as little as a thread without memory can make of one.
    worker!.postMessage({ type: 'train' })
    await new Promise((resolve) => worker!.once('exit', resolve))
    const run = ranks.run({
      order: {
        state: createSharedState(placeParameters(architecture.parameters), 1, 1),
        split: { training: [[0]], validation: [] },
        fitted: [],
        vectors: new Float32Array(),
        seed: 1,
        batchSize: 1,
        secondsLeft: 600,
        maxSteps: 1,
        stepsPerEpoch: 1,
        resumed: null,
        wantsCheckpoints: false,
      },
      images: options.images,
      signal: undefined,
      onEpoch: () => undefined,
      onCheckpoint: async () => undefined,
    })
    await expect(run).rejects.toThrow('undefined')
  })

  test('refuses a library of one track', async () => {
    const training = trainModel({ ...options, images: libraryOf(images.slice(0, 1), 1) })
    await expect(training).rejects.toMatchObject({ code: 'library-too-small' })
  })

  test('passes on what the loader throws', async () => {
    const broken = { ...options.images, load: () => Promise.reject(new Error('blob is gone')) }
    await expect(trainModel({ ...options, images: broken })).rejects.toThrow('blob is gone')
  })
})
