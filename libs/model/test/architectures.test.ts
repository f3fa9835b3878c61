import { beforeAll, describe, expect, test } from '@jest/globals'
import * as tf from '@tensorflow/tfjs'
import type { Architecture } from '../src/architectures/architecture.ts'
import { conv2d } from '../src/architectures/conv2d.ts'
import { soundalike1 } from '../src/architectures/soundalike-1.ts'
import { twoAxis, twoAxisLight } from '../src/architectures/two-axis.ts'
import { openBackend } from '../src/backend.ts'
import { initialise, placeParameters, sizeOf, toTensors } from '../src/parameters.ts'
import { createRandom } from '../src/random.ts'
import { computeGradient } from '../src/training/gradient.ts'

const start = (architecture: Architecture) => {
  const placed = placeParameters(architecture.parameters)
  const values = new Float32Array(placed.reduce((sum, { size }) => sum + size, 0))
  initialise(values, placed, 1)
  return { placed, values, weights: toTensors(values, placed) }
}

const countParameters = (architecture: Architecture, prefix: string) =>
  architecture.parameters
    .filter(({ name }) => name.startsWith(prefix))
    .reduce((sum, { shape }) => sum + sizeOf(shape), 0)

const randomCrops = (count: number): tf.Tensor3D => {
  const random = createRandom(9)
  const values = Float32Array.from({ length: count * 128 * 128 }, () => random.uniform())
  return tf.tensor3d(values, [count, 128, 128])
}

beforeAll(async () => {
  await openBackend()
})

test('two-axis has the published number of parameters', () => {
  expect(countParameters(twoAxis, 'encoder/')).toBe(1_000_384)
  expect(countParameters(twoAxis, '')).toBe(7_927_873)
  expect(countParameters(twoAxisLight, 'encoder/')).toBe(1_000_384)
})

test('exchanging the two encoders and the two axes of a crop exchanges the two halves', () => {
  const { weights } = start(twoAxisLight)
  const exchanged = Object.fromEntries(
    Object.entries(weights).map(([name, tensor]) => [
      name.replace(/time|frequency/, (axis) => (axis === 'time' ? 'frequency' : 'time')),
      tensor,
    ]),
  )
  const crop = randomCrops(1)
  const vector = twoAxisLight.encode(crop, weights).dataSync<'float32'>()
  const other = twoAxisLight.encode(tf.transpose(crop, [0, 2, 1]), exchanged).dataSync<'float32'>()
  expect(other.subarray(128)).toEqual(vector.subarray(0, 128))
  expect(other.subarray(0, 128)).toEqual(vector.subarray(128))
  expect(vector.subarray(0, 128)).not.toEqual(vector.subarray(128))
})

describe.each([soundalike1, conv2d, twoAxis, twoAxisLight])('$name', (architecture) => {
  test('gives two halves per crop', () => {
    const { weights } = start(architecture)
    const vectors = architecture.encode(randomCrops(2), weights)
    expect(vectors.shape).toEqual([2, 2 * architecture.rawAxisSize])
    tf.dispose([vectors, ...Object.values(weights)])
  })

  test('draws crops of the size it was shown', () => {
    const { weights } = start(architecture)
    const drawn = architecture.reconstruct(randomCrops(2), weights)
    expect(drawn.shape).toEqual([2, 128, 128])
    expect(drawn.dataSync<'float32'>().every(Number.isFinite)).toBe(true)
    tf.dispose([drawn, ...Object.values(weights)])
  })

  test('crops of one value everywhere give finite vectors, losses and gradients', () => {
    const { placed, values, weights } = start(architecture)
    const silence: tf.Tensor3D = tf.zeros([2, 128, 128])
    const gradient = new Float32Array(values.length)
    const loss = computeGradient(architecture, placed, weights, silence, gradient)
    expect(Number.isFinite(loss)).toBe(true)
    expect(gradient.every(Number.isFinite)).toBe(true)
    expect(architecture.encode(silence, weights).dataSync<'float32'>().every(Number.isFinite)).toBe(
      true,
    )
    tf.dispose(Object.values(weights))
  })

  test('a small step against the gradient lowers the loss, and every learned tensor takes part', () => {
    const { placed, values, weights } = start(architecture)
    const crops = randomCrops(4)
    const gradient = new Float32Array(values.length)
    const before = computeGradient(architecture, placed, weights, crops, gradient)
    const learned = placed.filter(({ kind }) => !kind.startsWith('running'))
    const still = learned.filter(({ offset, size, name }) => {
      // Batch norm takes any constant off again, so the bias before it can only matter through the ReLU.
      return (
        gradient.subarray(offset, offset + size).every((value) => value === 0) &&
        !name.endsWith('bias')
      )
    })
    expect(still.map(({ name }) => name)).toEqual([])
    const norm = Math.sqrt(
      learned.reduce((sum, { offset, size }) => {
        return sum + gradient.subarray(offset, offset + size).reduce((own, g) => own + g * g, 0)
      }, 0),
    )
    for (const { offset, size } of learned) {
      for (let at = offset; at < offset + size; at++) values[at]! -= (0.01 * gradient[at]!) / norm
    }
    const after = computeGradient(architecture, placed, toTensors(values, placed), crops, gradient)
    expect(after).toBeLessThan(before)
    tf.dispose(Object.values(weights))
  })
})

test('a batch in parts has the mean loss and gradient of its parts', () => {
  const { placed, values, weights } = start(conv2d)
  const crops = randomCrops(3)
  const gradientOf = (part: tf.Tensor3D, atOnce?: number) => {
    const gradient = new Float32Array(values.length)
    return { loss: computeGradient(conv2d, placed, weights, part, gradient, atOnce), gradient }
  }
  const inParts = gradientOf(crops, 2)
  const two = gradientOf(tf.slice(crops, 0, 2))
  const one = gradientOf(tf.slice(crops, 2, 1))
  expect(inParts.loss).toBeCloseTo((2 * two.loss + one.loss) / 3, 6)
  const farthest = inParts.gradient.reduce((largest, value, at) => {
    const mean = (2 * two.gradient[at]! + one.gradient[at]!) / 3
    return Math.max(largest, Math.abs(value - mean))
  }, 0)
  expect(farthest).toBeLessThan(1e-6)
  tf.dispose(Object.values(weights))
})
