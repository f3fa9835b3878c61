import { beforeAll, describe, expect, test } from '@jest/globals'
import * as tf from '@tensorflow/tfjs'
import { openBackend } from '../src/backend.ts'
import { batchNorm } from '../src/layers/batch-norm.ts'
import { convolveDoubling, convolveHalving } from '../src/layers/convolution.ts'
import { windows, windowsBySlices } from '../src/layers/windows.ts'
import { ntXent } from '../src/losses/nt-xent.ts'
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
  await openBackend()
})

describe('halving convolution', () => {
  const shape: [number, number, number] = [3, 16, 6]
  const x = numbers(3 * 16 * 6)
  const kernel = numbers(5 * 6 * 4)
  const ours = (input: tf.Tensor3D) => convolveHalving(input, tf.tensor3d(kernel, [5, 6, 4]))

  test('equals conv1d of the CPU backend', async () => {
    const expected = await onCpu(() =>
      tf.conv1d(tf.tensor3d(x, shape), tf.tensor3d(kernel, [5, 6, 4]), 2, 'same').dataSync(),
    )
    expectClose(ours(tf.tensor3d(x, shape)).dataSync(), expected)
  })

  test('has the gradients of conv1d of the CPU backend', async () => {
    type Convolve = (input: tf.Tensor3D, filter: tf.Tensor3D) => tf.Tensor
    const gradients = (convolve: Convolve) => {
      const loss = (...[input, filter]: tf.Tensor[]) =>
        tf.sum(tf.square(convolve(input as tf.Tensor3D, filter as tf.Tensor3D))).asScalar()
      const both = tf.grads(loss)([tf.tensor3d(x, shape), tf.tensor3d(kernel, [5, 6, 4])])
      return both.map((gradient) => gradient.dataSync<'float32'>())
    }
    const expected = await onCpu(() => gradients((a, b) => tf.conv1d(a, b, 2, 'same')))
    const actual = gradients(convolveHalving)
    expectClose(actual[0]!, expected[0]!, 1e-2)
    expectClose(actual[1]!, expected[1]!, 1e-2)
  })

  test('agrees with finite differences', () => {
    const loss = (input: tf.Tensor) => tf.sum(tf.square(ours(input as tf.Tensor3D))).asScalar()
    expect(finiteDifferenceError(loss, x, shape)).toBeLessThan(0.01)
  })
})

test('doubling convolution doubles the length and agrees with finite differences', () => {
  const kernel = tf.tensor3d(numbers(3 * 4 * 10), [3, 4, 10])
  const bias = tf.tensor1d(numbers(10))
  const double = (x: tf.Tensor) => convolveDoubling(x as tf.Tensor3D, kernel, bias)
  expect(double(tf.zeros([2, 8, 4])).shape).toEqual([2, 16, 5])
  const loss = (x: tf.Tensor) => tf.sum(tf.square(double(x))).asScalar()
  expect(finiteDifferenceError(loss, numbers(2 * 8 * 4), [2, 8, 4])).toBeLessThan(0.01)
})

test.each([
  { size: 5, stride: 2, before: 1, count: 8 },
  { size: 3, stride: 1, before: 1, count: 16 },
  { size: 4, stride: 4, before: 0, count: 4 },
])('windows of the kernel equal those of slices: %j', (plan) => {
  const x = tf.tensor3d(numbers(2 * 16 * 3), [2, 16, 3])
  expectClose(windows(x, plan).dataSync(), windowsBySlices(x, plan).dataSync())
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
