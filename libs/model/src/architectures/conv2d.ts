import * as tf from '@tensorflow/tfjs'
import { batchNorm, batchNormParameters } from '../layers/batch-norm.ts'
import { biasedRelu } from '../layers/biased-relu.ts'
import { convolve2d } from '../layers/convolution.ts'
import { dense, denseParameters } from '../layers/dense.ts'
import type { ParameterSpec } from '../parameters.ts'
import { weight } from '../parameters.ts'
import type { Architecture } from './architecture.ts'
import { axisSize, cropSize } from './architecture.ts'
import { decodePublished, publishedDecoderParameters } from './published-decoder.ts'

const filters = [32, 64, 128, 256]
const kernelSize = 5
const stride = 2
const side = cropSize / stride ** filters.length
const flatSize = side * side * filters.at(-1)!

const encoderParameters: readonly ParameterSpec[] = [
  ...filters.flatMap((count, depth): ParameterSpec[] => [
    {
      name: `encoder/convolution-${depth}/kernel`,
      shape: [kernelSize, kernelSize, filters[depth - 1] ?? 1, count],
      kind: 'weights',
    },
    { name: `encoder/convolution-${depth}/bias`, shape: [count], kind: 'zeros' },
    ...batchNormParameters(`encoder/norm-${depth}`, count),
  ]),
  ...denseParameters('encoder/dense', flatSize, 2 * axisSize),
]

const encode: Architecture['encode'] = (crops, weights, observe) => {
  let x: tf.Tensor4D = tf.expandDims(crops, 3)
  for (const depth of filters.keys()) {
    const name = `encoder/convolution-${depth}`
    const convolved = convolve2d(x, weight(weights, `${name}/kernel`), stride)
    const active = biasedRelu(convolved, weight(weights, `${name}/bias`))
    x = batchNorm(active, weights, `encoder/norm-${depth}`, observe)
  }
  return dense(tf.reshape(x, [-1, flatSize]), weights, 'encoder/dense')
}

/**
 * The project's starting point to measure against: a plain 2-D convolutional autoencoder.
 * Its two halves of 128 numbers mean no axis in particular.
 */
export const conv2d: Architecture = {
  name: 'conv2d',
  parameters: [...encoderParameters, ...publishedDecoderParameters],
  rawAxisSize: axisSize,
  cropsPerTrack: 8,
  viewsPerTrack: 1,
  variesCrops: false,
  encode,
  reconstruct: (crops, weights) => decodePublished(encode(crops, weights), weights),
  loss: (crops, weights, observe) => {
    const drawn = decodePublished(encode(crops, weights, observe), weights, observe)
    return tf.mean(tf.squaredDifference(drawn, crops))
  },
}
