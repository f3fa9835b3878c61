import * as tf from '@tensorflow/tfjs'
import type { ObserveStatistics } from '../layers/batch-norm.ts'
import { batchNorm, batchNormParameters } from '../layers/batch-norm.ts'
import { biasedRelu } from '../layers/biased-relu.ts'
import { convolve1d } from '../layers/convolution.ts'
import { dense, denseParameters } from '../layers/dense.ts'
import type { ParameterSpec, Weights } from '../parameters.ts'
import { weight } from '../parameters.ts'
import type { Architecture } from './architecture.ts'
import { axisSize, cropSize } from './architecture.ts'

export type Axis = 'time' | 'frequency'
export const axes: readonly Axis[] = ['time', 'frequency']

const filters = [32, 64, 128, 256]
const kernelSize = 5
const stride = 2

/** Steps and channels that four halvings leave of a crop. */
export const deepest = { steps: cropSize / stride ** filters.length, channels: filters.at(-1)! }

const flatSize = deepest.steps * deepest.channels

/** Puts the axis that is convolved in the middle and the other one last, as channels. Its own inverse. */
export const facing = (axis: Axis, images: tf.Tensor3D): tf.Tensor3D =>
  axis === 'time' ? tf.transpose(images, [0, 2, 1]) : images

const axisParameters = (axis: Axis): ParameterSpec[] => [
  ...filters.flatMap((count, depth): ParameterSpec[] => {
    const name = `encoder/${axis}/convolution-${depth}`
    const channels = filters[depth - 1] ?? cropSize
    return [
      { name: `${name}/kernel`, shape: [kernelSize, channels, count], kind: 'weights' },
      { name: `${name}/bias`, shape: [count], kind: 'zeros' },
      ...batchNormParameters(`encoder/${axis}/norm-${depth}`, count),
    ]
  }),
  ...denseParameters(`encoder/${axis}/dense`, flatSize, axisSize),
]

/** 1,000,384 numbers. */
export const twoAxisEncoderParameters: readonly ParameterSpec[] = axes.flatMap(axisParameters)

const encodeAxis = (
  axis: Axis,
  crops: tf.Tensor3D,
  weights: Weights,
  observe?: ObserveStatistics,
): tf.Tensor2D => {
  let x = facing(axis, crops)
  for (const depth of filters.keys()) {
    const name = `encoder/${axis}/convolution-${depth}`
    const convolved = convolve1d(x, weight(weights, `${name}/kernel`), stride)
    const active = biasedRelu(convolved, weight(weights, `${name}/bias`))
    x = batchNorm(active, weights, `encoder/${axis}/norm-${depth}`, observe)
  }
  return dense(tf.reshape(x, [-1, flatSize]), weights, `encoder/${axis}/dense`)
}

/**
 * The published encoder: two stacks of four 1-D convolutions (32, 64, 128, 256 filters, kernel 5, stride 2, ReLU,
 * batch norm) and a dense layer of 128 each. One convolves along time with frequency as channels, the other
 * along frequency with time as channels.
 */
export const encodeTwoAxes: Architecture['encode'] = (crops, weights, observe) =>
  tf.concat(
    axes.map((axis) => encodeAxis(axis, crops, weights, observe)),
    1,
  )
