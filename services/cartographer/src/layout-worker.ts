import { parentPort, workerData } from 'node:worker_threads'
import { UMAP } from 'umap-js'
import type { Position } from './layout.ts'

const NEIGHBOURS = 15
const SEED = 1

/** Mulberry32 (Tommy Ettinger, public domain): a seeded source of numbers 0…1. */
const seededRandom = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** On the unit sphere the Euclidean distance orders as the cosine does. */
const normalised = (vector: Float32Array): number[] => {
  const norm = Math.hypot(...vector) || 1
  return Array.from(vector, (value) => value / norm)
}

const centredAndScaled = (embedding: readonly number[][]): Position[] => {
  const axis = (index: number): ((point: readonly number[]) => number) => {
    const values = embedding.map((point) => point[index] ?? 0)
    const low = values.reduce((a, b) => Math.min(a, b), Infinity)
    const high = values.reduce((a, b) => Math.max(a, b), -Infinity)
    const span = high - low || 1
    return (point) => (2 * ((point[index] ?? 0) - low)) / span - 1
  }
  const x = axis(0)
  const y = axis(1)
  return embedding.map((point) => [x(point), y(point)])
}

const vectors = workerData as Float32Array[]
const umap = new UMAP({
  nComponents: 2,
  nNeighbors: Math.min(NEIGHBOURS, vectors.length - 1),
  random: seededRandom(SEED),
})
parentPort?.postMessage(centredAndScaled(umap.fit(vectors.map(normalised))))
