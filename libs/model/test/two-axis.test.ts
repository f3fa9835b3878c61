import { beforeAll, describe, expect, test } from '@jest/globals'
import * as tf from '@tensorflow/tfjs'
import { twoAxis } from '../src/architectures/two-axis.ts'
import { openBackend } from '../src/backend.ts'
import { initialise, placeParameters, sizeOf, toTensors } from '../src/parameters.ts'
import { computeGradient } from '../src/training/gradient.ts'

const placed = placeParameters(twoAxis.parameters)
const values = new Float32Array(placed.reduce((sum, { size }) => sum + size, 0))
initialise(values, placed, 1)

beforeAll(async () => {
  await openBackend()
})

describe('two-axis', () => {
  test('has the published encoder of 1,000,384 parameters', () => {
    const encoder = twoAxis.parameters.filter(({ name }) => name.startsWith('encoder/'))
    expect(encoder.reduce((sum, { shape }) => sum + sizeOf(shape), 0)).toBe(1_000_384)
  })

  test('the time half convolves along time: moving bands about changes more than its channels can tell', () => {
    const weights = toTensors(values, placed)
    const tone = tf.tidy(() => {
      const band = tf.oneHot(tf.tensor1d([40], 'int32'), 128)
      return tf.tile(tf.reshape(band, [1, 128, 1]), [1, 1, 128]).toFloat() as tf.Tensor3D
    })
    // A steady tone looks the same to a convolution along time wherever it is cut: inner steps are all equal.
    const click = tf.transpose(tone, [0, 2, 1])
    const [toneVector, clickVector] = [tone, click].map((crop) =>
      twoAxis.encode(crop, weights).dataSync<'float32'>(),
    ) as [Float32Array, Float32Array]
    const swapped = Object.fromEntries(
      Object.entries(weights).map(([name, tensor]) => [
        name.replace(/time|frequency/, (axis) => (axis === 'time' ? 'frequency' : 'time')),
        tensor,
      ]),
    )
    // Exchanging the two encoders and the two axes of the crop exchanges the two halves, and nothing else.
    const exchanged = twoAxis.encode(click, swapped).dataSync<'float32'>()
    expect([...exchanged.subarray(128)]).toEqual([...toneVector.subarray(0, 128)])
    expect([...exchanged.subarray(0, 128)]).toEqual([...toneVector.subarray(128)])
    expect([...clickVector]).not.toEqual([...toneVector])
  })

  test('crops of one value everywhere give finite vectors, losses and gradients', () => {
    const weights = toTensors(values, placed)
    const silence: tf.Tensor3D = tf.zeros([4, 128, 128])
    const gradient = new Float32Array(values.length)
    const loss = computeGradient(twoAxis, placed, weights, silence, gradient)
    expect(Number.isFinite(loss)).toBe(true)
    expect(gradient.every(Number.isFinite)).toBe(true)
    expect(twoAxis.encode(silence, weights).dataSync<'float32'>().every(Number.isFinite)).toBe(true)
  })
})
