import * as tf from '@tensorflow/tfjs'
import { biasedRelu } from '../layers/biased-relu.ts'
import { convolveTransposed1d } from '../layers/convolution.ts'
import { dense, denseParameters } from '../layers/dense.ts'
import type { ParameterSpec, Weights } from '../parameters.ts'
import { weight } from '../parameters.ts'
import { axisSize, cropSize } from './architecture.ts'
import type { Axis } from './two-axis-encoder.ts'
import { axes, deepest, facing } from './two-axis-encoder.ts'

const filters = [128, 64, 32, cropSize]
const kernelSize = 5
const stride = 2
const flatSize = deepest.steps * deepest.channels

const axisParameters = (axis: Axis): ParameterSpec[] => [
  ...denseParameters(`decoder/${axis}/dense`, axisSize, flatSize),
  ...filters.flatMap((count, depth): ParameterSpec[] => {
    const name = `decoder/${axis}/convolution-${depth}`
    const channels = filters[depth - 1] ?? deepest.channels
    return [
      { name: `${name}/kernel`, shape: [kernelSize, count, channels], kind: 'weights' },
      { name: `${name}/bias`, shape: [count], kind: 'zeros' },
    ]
  }),
]

export const mirroredDecoderParameters: readonly ParameterSpec[] = axes.flatMap(axisParameters)

const decodeAxis = (axis: Axis, half: tf.Tensor2D, weights: Weights): tf.Tensor3D => {
  const flat = tf.relu(dense(half, weights, `decoder/${axis}/dense`))
  let x: tf.Tensor3D = tf.reshape(flat, [-1, deepest.steps, deepest.channels])
  for (const depth of filters.keys()) {
    const name = `decoder/${axis}/convolution-${depth}`
    const doubled = convolveTransposed1d(x, weight(weights, `${name}/kernel`), stride)
    const bias = weight<tf.Rank.R1>(weights, `${name}/bias`)
    x = depth === filters.length - 1 ? tf.add(doubled, bias) : biasedRelu(doubled, bias)
  }
  return facing(axis, x)
}

/**
 * The two-axis encoder turned round, in one dimension: each half draws a crop along its own axis and the two are
 * added. A hundredth of the arithmetic of the published decoder.
 *
 * @param vectors - batch × 256
 * @returns batch × bands × columns
 */
export const decodeMirrored = (vectors: tf.Tensor2D, weights: Weights): tf.Tensor3D => {
  const [time, frequency] = tf.split(vectors, axes.length, 1) as [tf.Tensor2D, tf.Tensor2D]
  return tf.add(decodeAxis('time', time, weights), decodeAxis('frequency', frequency, weights))
}
