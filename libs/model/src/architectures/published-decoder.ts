import * as tf from '@tensorflow/tfjs'
import type { ObserveStatistics } from '../layers/batch-norm.ts'
import { batchNorm, batchNormParameters } from '../layers/batch-norm.ts'
import { biasedRelu } from '../layers/biased-relu.ts'
import { convolveTransposed2d } from '../layers/convolution.ts'
import { dense, denseParameters } from '../layers/dense.ts'
import type { ParameterSpec, Weights } from '../parameters.ts'
import { weight } from '../parameters.ts'
import { axisSize } from './architecture.ts'

const side = 8
const channels = 256
const flatSize = side * side * channels
const kernelSize = 5
/** Filters and stride of each layer; the last draws the crop. */
const layers = [
  { filters: 256, stride: 2 },
  { filters: 128, stride: 2 },
  { filters: 64, stride: 2 },
  { filters: 32, stride: 2 },
  { filters: 1, stride: 1 },
]
const last = layers.length - 1

/** 6,927,489 numbers. */
export const publishedDecoderParameters: readonly ParameterSpec[] = [
  ...denseParameters('decoder/dense', 2 * axisSize, flatSize),
  ...layers.flatMap(({ filters }, depth): ParameterSpec[] => {
    const name = `decoder/convolution-${depth}`
    const inputs = layers[depth - 1]?.filters ?? channels
    return [
      {
        name: `${name}/kernel`,
        shape: [kernelSize, kernelSize, filters, inputs],
        kind: 'weights',
      },
      { name: `${name}/bias`, shape: [filters], kind: 'zeros' },
      ...(depth === last ? [] : batchNormParameters(`decoder/norm-${depth}`, filters)),
    ]
  }),
]

/**
 * The published decoder: a dense layer to 8 × 8 × 256, then 2-D transposed convolutions back to 128 × 128.
 *
 * @param vectors - batch × 256
 * @returns batch × bands × columns in 0…1
 */
export const decodePublished = (
  vectors: tf.Tensor2D,
  weights: Weights,
  observe?: ObserveStatistics,
): tf.Tensor3D => {
  const flat = dense(vectors, weights, 'decoder/dense')
  let x: tf.Tensor4D = tf.reshape(flat, [-1, side, side, channels])
  for (const [depth, { stride }] of layers.entries()) {
    const name = `decoder/convolution-${depth}`
    const grown = convolveTransposed2d(x, weight(weights, `${name}/kernel`), stride)
    const bias = weight<tf.Rank.R1>(weights, `${name}/bias`)
    x =
      depth === last
        ? tf.sigmoid(tf.add(grown, bias))
        : batchNorm(biasedRelu(grown, bias), weights, `decoder/norm-${depth}`, observe)
  }
  return tf.squeeze(x, [3])
}
