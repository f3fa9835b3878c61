import { beforeAll, describe, expect, test } from '@jest/globals'
import * as tf from '@tensorflow/tfjs'
import { openBackend } from '../src/backend.ts'
import { batchNorm } from '../src/layers/batch-norm.ts'
import {
  convolve1d,
  convolve2d,
  convolveTransposed1d,
  convolveTransposed2d,
} from '../src/layers/convolution.ts'
import { ntXent } from '../src/losses/nt-xent.ts'
import { sizeOf } from '../src/parameters.ts'
import { createRandom } from '../src/random.ts'

const random = createRandom(7)
const numbers = (length: number) => Float32Array.from({ length }, () => random.normal())

const onCpu = async <Result>(compute: () => Result): Promise<Result> => {
  const backend = tf.getBackend()
  await tf.setBackend('cpu')
  try {
    return compute()
  } finally {
    await tf.setBackend(backend)
  }
}

const expectClose = (actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-4) => {
  expect(actual.length).toBe(expected.length)
  const differences = Array.from(actual, (value, index) => Math.abs(value - expected[index]!))
  expect(Math.max(...differences)).toBeLessThan(tolerance)
}

/** Largest difference between a gradient and central differences at a few places, relative to the gradient. */
const finiteDifferenceError = (
  loss: (x: tf.Tensor) => tf.Scalar,
  values: Float32Array,
  shape: number[],
): number => {
  const gradient = tf.tidy(() => tf.grad(loss)(tf.tensor(values, shape)).dataSync<'float32'>())
  const at = (moved: Float32Array) =>
    tf.tidy(() => loss(tf.tensor(moved, shape)).dataSync<'float32'>()[0]!)
  const step = 1e-2
  const scale = Math.max(...gradient.map(Math.abs))
  const places = Array.from({ length: 12 }, () => random.below(values.length))
  return Math.max(
    ...places.map((place) => {
      const up = values.slice()
      const down = values.slice()
      up[place]! += step
      down[place]! -= step
      return Math.abs((at(up) - at(down)) / (2 * step) - gradient[place]!) / scale
    }),
  )
}

beforeAll(async () => {
  // The CPU backend is what is compared with; its advice to install another one helps nobody here.
  tf.env().set('PROD', true)
  await openBackend()
})

describe('convolutions equal those of the CPU backend, and so do their gradients', () => {
  type Operation = (x: tf.Tensor, kernel: tf.Tensor) => tf.Tensor
  const cases: [string, number[], number[], Operation][] = [
    [
      '1-D, stride 2',
      [3, 16, 6],
      [5, 6, 4],
      (x, kernel) => convolve1d(x as tf.Tensor3D, kernel as tf.Tensor3D, 2),
    ],
    [
      '2-D, stride 2',
      [2, 8, 12, 3],
      [5, 5, 3, 4],
      (x, kernel) => convolve2d(x as tf.Tensor4D, kernel as tf.Tensor4D, 2),
    ],
    [
      '2-D, stride 1',
      [2, 6, 4, 3],
      [3, 3, 3, 4],
      (x, kernel) => convolve2d(x as tf.Tensor4D, kernel as tf.Tensor4D, 1),
    ],
    [
      'transposed 1-D, stride 2',
      [2, 8, 4],
      [5, 3, 4],
      (x, kernel) => convolveTransposed1d(x as tf.Tensor3D, kernel as tf.Tensor3D, 2),
    ],
    [
      'transposed 2-D, stride 2',
      [2, 4, 6, 4],
      [5, 5, 3, 4],
      (x, kernel) => convolveTransposed2d(x as tf.Tensor4D, kernel as tf.Tensor4D, 2),
    ],
    [
      'transposed 2-D, stride 1',
      [2, 4, 6, 4],
      [5, 5, 3, 4],
      (x, kernel) => convolveTransposed2d(x as tf.Tensor4D, kernel as tf.Tensor4D, 1),
    ],
  ]

  // On the CPU backend the same call goes through tf.conv2d and tf.conv2dTranspose.
  test.each(cases)('%s', async (_, shape, kernelShape, operation) => {
    const x = numbers(sizeOf(shape))
    const kernel = numbers(sizeOf(kernelShape))
    const compute = () => {
      const inputs = [tf.tensor(x, shape), tf.tensor(kernel, kernelShape)]
      const run = (...[a, b]: tf.Tensor[]) => operation(a!, b!)
      const value = run(...inputs)
      const loss = (...both: tf.Tensor[]) => tf.sum(tf.square(run(...both))).asScalar()
      const gradients = tf.grads(loss)(inputs)
      return [value, ...gradients].map((tensor) => ({
        shape: tensor.shape,
        values: tensor.dataSync<'float32'>(),
      }))
    }
    const expected = await onCpu(compute)
    const actual = compute()
    actual.forEach(({ shape: own, values }, place) => {
      expect(own).toEqual(expected[place]!.shape)
      const largest = Math.max(...expected[place]!.values.map(Math.abs))
      expectClose(values, expected[place]!.values, 1e-4 * largest)
    })
  })

  test.each(cases)('%s agrees with finite differences', (_, shape, kernelShape, operation) => {
    const kernel = tf.tensor(numbers(sizeOf(kernelShape)), kernelShape)
    const loss = (x: tf.Tensor) => tf.sum(tf.square(operation(x, kernel))).asScalar()
    expect(finiteDifferenceError(loss, numbers(sizeOf(shape)), shape)).toBeLessThan(0.01)
  })
})

describe('batch norm', () => {
  const weights = () => ({
    'n/scale': tf.tensor1d([1, 2, 0.5]),
    'n/offset': tf.tensor1d([0, 1, -1]),
    'n/mean': tf.tensor1d([1, 2, 3]),
    'n/variance': tf.tensor1d([1, 4, 9]),
  })

  test('brings every channel of a batch to its offset and scale', () => {
    const seen = new Map<string, number[]>()
    const x = tf.tensor2d(numbers(300), [100, 3])
    const y = batchNorm(x, weights(), 'n', (name, value) => seen.set(name, [...value.dataSync()]))
    const { mean, variance } = tf.moments(y, 0)
    expectClose(mean.dataSync(), [0, 1, -1])
    expectClose(variance.dataSync(), [1, 4, 0.25], 0.02)
    const expected = tf.moments(x, 0)
    expectClose(seen.get('n/mean')!, expected.mean.dataSync())
    expectClose(seen.get('n/variance')!, expected.variance.dataSync())
  })

  test('uses the running statistics otherwise', () => {
    const y = batchNorm(tf.tensor2d([[1, 2, 3]]), weights(), 'n')
    expectClose(y.dataSync(), [0, 1, -1])
  })

  test('agrees with finite differences through the statistics', () => {
    const target = tf.tensor2d(numbers(60), [20, 3])
    const loss = (x: tf.Tensor) =>
      tf.sum(tf.mul(target, tf.square(batchNorm(x, weights(), 'n', () => {})))).asScalar()
    expect(finiteDifferenceError(loss, numbers(60), [20, 3])).toBeLessThan(0.02)
  })

  test('a constant channel stays finite', () => {
    const y = batchNorm(tf.ones([8, 3]), weights(), 'n', () => {})
    expectClose(y.dataSync(), Array.from({ length: 8 }, () => [0, 1, -1]).flat())
  })
})

describe('NT-Xent', () => {
  test('is the logarithm of the number of others when all rows are alike', () => {
    expectClose(ntXent(tf.ones([6, 4]), 0.1).dataSync(), [Math.log(5)])
  })

  test('is near nothing when partners agree and strangers are opposite', () => {
    const rows = tf.tensor2d([
      [1, 0],
      [1, 0],
      [-1, 0],
      [-1, 0],
    ])
    expect(ntXent(rows, 0.1).dataSync()[0]).toBeLessThan(1e-3)
  })

  test('agrees with finite differences', () => {
    const loss = (x: tf.Tensor) => ntXent(x as tf.Tensor2D, 0.5)
    expect(finiteDifferenceError(loss, numbers(6 * 5), [6, 5])).toBeLessThan(0.02)
  })
})
