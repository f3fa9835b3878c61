import { beforeAll, describe, expect, test } from '@jest/globals'
import * as tf from '@tensorflow/tfjs'
import { openBackend } from '../src/backend.ts'
import { batchNorm } from '../src/layers/batch-norm.ts'
import { biasedRelu } from '../src/layers/biased-relu.ts'
import {
  convolve1d,
  convolve2d,
  convolveTransposed1d,
  convolveTransposed2d,
} from '../src/layers/convolution.ts'
import { meanStep, meanStepBetween, poolStatistics } from '../src/layers/statistics.ts'
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

/** An operation's value and its gradients by all inputs, compared with what the CPU backend makes of the same call. */
const expectAgreement = async (
  shapes: readonly number[][],
  operation: (inputs: tf.Tensor[]) => tf.Tensor,
): Promise<void> => {
  const values = shapes.map((shape) => numbers(sizeOf(shape)))
  const compute = () => {
    const inputs = values.map((own, place) => tf.tensor(own, shapes[place]))
    const loss = (...own: tf.Tensor[]) => tf.sum(tf.square(operation(own))).asScalar()
    return [operation(inputs), ...tf.grads(loss)(inputs)].map((tensor) => ({
      shape: tensor.shape,
      values: tensor.dataSync<'float32'>(),
    }))
  }
  const expected = await onCpu(compute)
  compute().forEach(({ shape, values: own }, place) => {
    expect(shape).toEqual(expected[place]!.shape)
    const largest = Math.max(...expected[place]!.values.map(Math.abs))
    expectClose(own, expected[place]!.values, 1e-4 * largest)
  })
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
    await expectAgreement([shape, kernelShape], ([x, kernel]) => operation(x!, kernel!))
  })

  test.each(cases)('%s agrees with finite differences', (_, shape, kernelShape, operation) => {
    const kernel = tf.tensor(numbers(sizeOf(kernelShape)), kernelShape)
    const loss = (x: tf.Tensor) => tf.sum(tf.square(operation(x, kernel))).asScalar()
    expect(finiteDifferenceError(loss, numbers(sizeOf(shape)), shape)).toBeLessThan(0.01)
  })
})

describe('matrix products equal those of the CPU backend, and so do their gradients', () => {
  const sides: [number, number, number][] = [
    [1, 1, 1],
    [5, 9, 3],
    [37, 17, 300],
    [3, 530, 7],
  ]
  const transpositions: [boolean, boolean][] = [
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ]
  describe.each(sides)('%d × %d from %d', (m, n, k) => {
    test.each(transpositions)('transposed: %s, %s', async (first, second) => {
      const shapes = [first ? [k, m] : [m, k], second ? [n, k] : [k, n]]
      await expectAgreement(shapes, ([a, b]) => tf.matMul(a!, b!, first, second))
    })
  })

  test('of batches', async () => {
    const shapes = [
      [3, 4, 5],
      [3, 5, 9],
    ]
    await expectAgreement(shapes, ([a, b]) => tf.matMul(a!, b!))
  })

  test('of other types are left to the backend, which takes them or says so', () => {
    const product = () =>
      tf.matMul(tf.tensor2d([1, 2], [1, 2], 'int32'), tf.tensor2d([3, 4], [2, 1], 'int32'))
    if (tf.getBackend() === 'wasm') expect(product).toThrow('float32')
    else expect(product().dataSync()[0]).toBe(11)
  })

  test('of a batch and one matrix', async () => {
    const compute = () => {
      const a = tf.range(0, 60).reshape([3, 4, 5])
      return tf.matMul(a, tf.range(0, 10).reshape([1, 5, 2])).dataSync()
    }
    expectClose(compute(), await onCpu(compute))
  })
})

// Channels that are no multiple of four too: what is left of a row is done one by one.
describe.each([[4], [6], [1]])('%d channels, as on the CPU backend with its gradients', (n) => {
  test('bias and ReLU', async () => {
    await expectAgreement([[2, 5, n], [n]], ([x, bias]) => biasedRelu(x!, bias!))
  })

  test('mean and deviation over time', async () => {
    await expectAgreement([[3, 7, n]], ([x]) => poolStatistics(x as tf.Tensor3D))
  })

  test('batch norm by the batch', async () => {
    const target = numbers(10 * n)
    await expectAgreement([[2, 5, n], [n], [n]], ([x, scale, offset]) => {
      const weights = { 'n/scale': scale!, 'n/offset': offset! }
      // Else the loss would be a square whose gradient batch norm takes off again.
      const weighed = tf.tensor(target, [2, 5, n])
      return tf.mul(
        weighed,
        batchNorm(x!, weights, 'n', () => {}),
      )
    })
  })

  test('batch norm by the running statistics', async () => {
    await expectAgreement([[2, 5, n], [n], [n]], ([x, scale, offset]) => {
      const still = { 'n/mean': tf.fill([n], 0.5), 'n/variance': tf.fill([n], 2) }
      return batchNorm(x!, { 'n/scale': scale!, 'n/offset': offset!, ...still }, 'n')
    })
  })

  test.each([{ axes: [0] }, { axes: [0, 1] }, { axes: [1] }, { axes: [-1] }, { axes: undefined }])(
    'sums over %j',
    async ({ axes }) => {
      await expectAgreement([[3, 5, n]], ([x]) => tf.sum(x!, axes))
      await expectAgreement([[3, 5, n]], ([x]) => tf.sum(x!, axes, true))
    },
  )

  test('mean steps', async () => {
    const x = numbers(3 * 7 * n)
    const compute = () => {
      const crops = tf.tensor3d(x, [3, 7, n])
      return tf.concat([meanStep(crops), meanStepBetween(crops)], 1).dataSync()
    }
    expectClose(compute(), await onCpu(compute))
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
