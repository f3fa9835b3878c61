import { Worker } from 'node:worker_threads'
import { soundalike1 } from '../src/architectures/soundalike-1.ts'
import { openEncoder, trainModel, type Epoch, type ModelBundle } from '../src/index.ts'
import { makeImages } from '../test/sounds.ts'
import { median } from './steps.ts'

export interface Training {
  readonly cropsPerSecond: Readonly<Record<1 | 2, number>>
}

export interface Embedding {
  readonly tracks: number
  readonly tracksPerSecond: Readonly<Record<1 | 2, number>>
  /** Growth of resident memory from the first hundred tracks to the last, in MiB. */
  readonly growthMiB: number
}

/** What two threads can do at best on this machine: nothing but matrix products, in neither's way. */
export interface Ceiling {
  readonly gmacPerSecond: Readonly<Record<1 | 2, number>>
}

/** Matrix products in one thread, then in two at the same time; the sum of both. */
export const measureCeiling = async (): Promise<Ceiling> => {
  const threads = [0, 1].map(() => new Worker(new URL('product-thread.ts', import.meta.url)))
  const rateOf = (thread: Worker) =>
    new Promise<number>((resolve, reject) => {
      thread.once('error', reject)
      thread.once('message', resolve)
      thread.postMessage('measure')
    })
  try {
    // Once before, so that both threads are there and warm.
    await Promise.all(threads.map(rateOf))
    const one = await rateOf(threads[0]!)
    const both = await Promise.all(threads.map(rateOf))
    return { gmacPerSecond: { 1: one, 2: both[0]! + both[1]! } }
  } finally {
    await Promise.all(threads.map((thread) => thread.terminate()))
  }
}

const images = makeImages(16, 4, 512)
/** Of 64 crops: epochs of four steps, the first of which holds the start of the threads. */
const trainingSteps = 24

const train = async (threads: 1 | 2): Promise<{ bundle: ModelBundle; cropsPerSecond: number }> => {
  const epochs: Epoch[] = []
  const bundle = await trainModel({
    images: { count: images.length, load: (index) => images[index]!, artist: String },
    preset: { name: 'seed-v1', fingerprint: 'benchmark' },
    architecture: soundalike1.name,
    seed: 1,
    budgetSeconds: 3_600,
    maxSteps: trainingSteps,
    threads,
    onProgress: (epoch) => epochs.push(epoch),
  })
  return { bundle, cropsPerSecond: median(epochs.slice(1).map((epoch) => epoch.cropsPerSecond)) }
}

/** Crops per second through the whole training loop on one and on two threads, and what came of it. */
export const measureTraining = async (): Promise<{ training: Training; bundle: ModelBundle }> => {
  const one = await train(1)
  const { bundle, cropsPerSecond } = await train(2)
  return { bundle, training: { cropsPerSecond: { 1: one.cropsPerSecond, 2: cropsPerSecond } } }
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
