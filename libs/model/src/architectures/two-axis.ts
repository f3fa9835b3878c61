import * as tf from '@tensorflow/tfjs'
import type { ObserveStatistics } from '../layers/batch-norm.ts'
import { batchNorm, batchNormParameters } from '../layers/batch-norm.ts'
import { convolveDoubling, convolveHalving, kernelSize } from '../layers/convolution.ts'
import { ntXent } from '../losses/nt-xent.ts'
import type { ParameterSpec, Weights } from '../parameters.ts'
import { weight } from '../parameters.ts'
import type { Architecture } from './architecture.ts'
import { axisSize, cropSize } from './architecture.ts'

type Axis = 'time' | 'frequency'
const axes: readonly Axis[] = ['time', 'frequency']

/** Of the contrastive term. */
const temperature = 0.1

/** Brings the contrastive term (about 1 per axis) to the size of the reconstruction error (about 0.01). */
const recognitionWeight = 0.01

const encoderFilters = [32, 64, 128, 256]
const decoderFilters = [128, 64, 32, cropSize]
/** What four halvings leave of a crop's side, times the last layer's filters. */
const flatSize = (cropSize / 2 ** encoderFilters.length) * encoderFilters.at(-1)!

const convolutionParameters = (
  name: string,
  shape: readonly [number, number, number],
): ParameterSpec[] => [
  { name: `${name}/kernel`, shape, kind: 'weights' },
  { name: `${name}/bias`, shape: [shape[2]], kind: 'zeros' },
]

const denseParameters = (name: string, inputs: number, outputs: number): ParameterSpec[] => [
  { name: `${name}/kernel`, shape: [inputs, outputs], kind: 'weights' },
  { name: `${name}/bias`, shape: [outputs], kind: 'zeros' },
]

const encoderParameters = (axis: Axis): ParameterSpec[] => [
  ...encoderFilters.flatMap((filters, depth) => [
    ...convolutionParameters(`encoder/${axis}/convolution-${depth}`, [
      kernelSize,
      encoderFilters[depth - 1] ?? cropSize,
      filters,
    ]),
    ...batchNormParameters(`encoder/${axis}/norm-${depth}`, filters),
  ]),
  ...denseParameters(`encoder/${axis}/dense`, flatSize, axisSize),
]

const decoderParameters = (axis: Axis): ParameterSpec[] => [
  ...denseParameters(`decoder/${axis}/dense`, axisSize, flatSize),
  ...decoderFilters.flatMap((filters, depth) =>
    convolutionParameters(`decoder/${axis}/convolution-${depth}`, [
      3,
      decoderFilters[depth - 1] ?? encoderFilters.at(-1)!,
      2 * filters,
    ]),
  ),
]

const dense = (x: tf.Tensor2D, weights: Weights, name: string): tf.Tensor2D =>
  tf.add(tf.matMul(x, weight(weights, `${name}/kernel`)), weight(weights, `${name}/bias`))

/** Puts the axis that is convolved in the middle and the other one last, as channels. */
const facing = (axis: Axis, images: tf.Tensor3D): tf.Tensor3D =>
  axis === 'time' ? tf.transpose(images, [0, 2, 1]) : images

const encodeAxis = (
  axis: Axis,
  crops: tf.Tensor3D,
  weights: Weights,
  observe?: ObserveStatistics,
): tf.Tensor2D => {
  let x = facing(axis, crops)
  for (const depth of encoderFilters.keys()) {
    const name = `encoder/${axis}/convolution-${depth}`
    const convolved = convolveHalving(x, weight(weights, `${name}/kernel`))
    const activated: tf.Tensor3D = tf.relu(tf.add(convolved, weight(weights, `${name}/bias`)))
    x = batchNorm<tf.Rank.R3>(activated, weights, `encoder/${axis}/norm-${depth}`, observe)
  }
  return dense(tf.reshape(x, [-1, flatSize]), weights, `encoder/${axis}/dense`)
}

const decodeAxis = (axis: Axis, half: tf.Tensor2D, weights: Weights): tf.Tensor3D => {
  const start = tf.relu(dense(half, weights, `decoder/${axis}/dense`))
  let x: tf.Tensor3D = tf.reshape(start, [
    -1,
    flatSize / encoderFilters.at(-1)!,
    encoderFilters.at(-1)!,
  ])
  for (const [depth, filters] of decoderFilters.entries()) {
    const name = `decoder/${axis}/convolution-${depth}`
    // The bias is the size of both steps a tap produces, so it is added before they are pulled apart.
    const doubled = convolveDoubling(
      x,
      weight(weights, `${name}/kernel`),
      weight(weights, `${name}/bias`),
    )
    x = filters === cropSize ? doubled : tf.relu(doubled)
  }
  return facing(axis, x)
}

const encode: Architecture['encode'] = (crops, weights, observe) =>
  tf.concat(
    axes.map((axis) => encodeAxis(axis, crops, weights, observe)),
    1,
  )

/** Sum of what each half knows: one draws bands over time, the other columns over frequency. */
const decode = (vectors: tf.Tensor2D, weights: Weights): tf.Tensor3D => {
  const [time, frequency] = tf.split(vectors, 2, 1) as [tf.Tensor2D, tf.Tensor2D]
  return tf.add(decodeAxis('time', time, weights), decodeAxis('frequency', frequency, weights))
}

/**
 * The published model's encoder: two stacks of 1-D convolutions, one along time with frequency as channels,
 * one along frequency with time as channels, 128 numbers each (1,000,384 parameters).
 * The decoder mirrors it in one dimension, a hundredth of the arithmetic of the published 2-D one.
 */
export const twoAxis: Architecture = {
  name: 'two-axis',
  parameters: [...axes.flatMap(encoderParameters), ...axes.flatMap(decoderParameters)],
  rawAxisSize: axisSize,
  cropsPerTrack: 13,
  viewsPerTrack: 2,
  encode,
  loss(crops, weights, observe) {
    const vectors = encode(crops, weights, observe)
    const reconstruction = tf.mean(tf.squaredDifference(decode(vectors, weights), crops))
    const [time, frequency] = tf.split(vectors, 2, 1) as [tf.Tensor2D, tf.Tensor2D]
    const recognition = tf.add(ntXent(time, temperature), ntXent(frequency, temperature))
    return tf.add(reconstruction, tf.mul(recognition, recognitionWeight))
  },
}
