import { soundalike1 } from '../src/architectures/soundalike-1.ts'
import { openEncoder, trainModel, type Epoch, type ModelBundle } from '../src/index.ts'
import { makeImages } from '../test/sounds.ts'

export interface Training {
  readonly cropsPerSecond: Readonly<Record<1 | 2, number>>
}

export interface Embedding {
  readonly tracks: number
  readonly tracksPerSecond: Readonly<Record<1 | 2, number>>
  /** Growth of resident memory from the first hundred tracks to the last, in MiB. */
  readonly growthMiB: number
}

const images = makeImages(16, 4, 512)

const train = async (threads: 1 | 2): Promise<{ bundle: ModelBundle; epoch: Epoch }> => {
  const epochs: Epoch[] = []
  const bundle = await trainModel({
    images: { count: images.length, load: (index) => images[index]!, artist: String },
    preset: { name: 'seed-v1', fingerprint: 'benchmark' },
    architecture: soundalike1.name,
    seed: 1,
    budgetSeconds: 3_600,
    maxSteps: 8,
    threads,
    onProgress: (epoch) => epochs.push(epoch),
  })
  // The first epoch holds the start of the threads.
  return { bundle, epoch: epochs.at(-1)! }
}

/** Crops per second through the whole training loop on one and on two threads, and what came of it. */
export const measureTraining = async (): Promise<{ training: Training; bundle: ModelBundle }> => {
  const one = await train(1)
  const { bundle, epoch } = await train(2)
  return {
    bundle,
    training: { cropsPerSecond: { 1: one.epoch.cropsPerSecond, 2: epoch.cropsPerSecond } },
  }
}

const tracks = 1_000
const perCall = 100

/** Mel images to finished vectors. */
export const measureEmbedding = async (bundle: ModelBundle): Promise<Embedding> => {
  const one = await embed(bundle, 1)
  const two = await embed(bundle, 2)
  return {
    tracks,
    tracksPerSecond: { 1: one.tracksPerSecond, 2: two.tracksPerSecond },
    growthMiB: two.growthMiB,
  }
}

const embed = async (bundle: ModelBundle, threads: 1 | 2) => {
  const encoder = await openEncoder(bundle, { threads })
  try {
    const call = Array.from({ length: perCall }, (_, at) => images[at % images.length]!)
    // Once before, so that every thread is there and warm.
    await encoder.encode(call)
    const residentBefore = process.memoryUsage.rss()
    const started = performance.now()
    for (let done = 0; done < tracks; done += perCall) await encoder.encode(call)
    const seconds = (performance.now() - started) / 1_000
    const growthMiB = (process.memoryUsage.rss() - residentBefore) / 2 ** 20
    return { tracksPerSecond: tracks / seconds, growthMiB }
  } finally {
    await encoder.close()
  }
}
