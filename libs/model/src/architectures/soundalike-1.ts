import * as tf from '@tensorflow/tfjs'
import type { ObserveStatistics } from '../layers/batch-norm.ts'
import { batchNorm, batchNormParameters } from '../layers/batch-norm.ts'
import { biasedRelu } from '../layers/biased-relu.ts'
import { convolve1d } from '../layers/convolution.ts'
import { dense, denseParameters } from '../layers/dense.ts'
import {
  meanAndDeviation,
  meanStep,
  meanStepBetween,
  poolStatistics,
} from '../layers/statistics.ts'
import { ntXent } from '../losses/nt-xent.ts'
import type { ParameterSpec, Weights } from '../parameters.ts'
import { weight } from '../parameters.ts'
import type { Architecture } from './architecture.ts'
import { axisSize, cropSize } from './architecture.ts'
import { decodeMirrored, mirroredDecoderParameters } from './mirrored-decoder.ts'
import type { Axis } from './two-axis-encoder.ts'
import { facing } from './two-axis-encoder.ts'

const kernelSize = 5
const stride = 2
const filters = { time: [64, 128, 128], frequency: [16, 32, 64] } as const

/** Neighbouring columns averaged before convolving along frequency, which treats each column by itself. */
const columnsAveraged = 8
const columns = cropSize / columnsAveraged

/** Bands left after the convolutions along frequency, times their filters: what is pooled over columns. */
const profileSize = (cropSize / stride ** filters.frequency.length) * filters.frequency.at(-1)!

/** Statistics of the crop itself that go into either axis: two per band. */
const bandStatistics = 2 * cropSize

const pooledSize = {
  time: bandStatistics + 2 * filters.time.reduce((sum, count) => sum + count, 0),
  frequency: bandStatistics + 2 * profileSize,
} as const

/** Numbers per axis in the space where crops are compared while training. */
const headSize = 64
const temperature = 0.1

/** Keeps reconstruction (about 0.01) working without drawing the encoder away from recognition (about 1). */
const reconstructionWeight = 3

const stackParameters = (axis: Axis, channels: number): ParameterSpec[] =>
  filters[axis].flatMap((count, depth): ParameterSpec[] => {
    const name = `encoder/${axis}/convolution-${depth}`
    const inputs = filters[axis][depth - 1] ?? channels
    return [
      { name: `${name}/kernel`, shape: [kernelSize, inputs, count], kind: 'weights' },
      { name: `${name}/bias`, shape: [count], kind: 'zeros' },
      ...batchNormParameters(`encoder/${axis}/norm-${depth}`, count),
    ]
  })

const axisParameters = (axis: Axis, channels: number): ParameterSpec[] => [
  ...stackParameters(axis, channels),
  ...batchNormParameters(`encoder/${axis}/norm-pooled`, pooledSize[axis]),
  ...denseParameters(`encoder/${axis}/dense`, pooledSize[axis], axisSize),
]

const convolveAt = (
  x: tf.Tensor3D,
  axis: Axis,
  depth: number,
  weights: Weights,
  observe?: ObserveStatistics,
): tf.Tensor3D => {
  const name = `encoder/${axis}/convolution-${depth}`
  const convolved = convolve1d(x, weight(weights, `${name}/kernel`), stride)
  const active = biasedRelu(convolved, weight(weights, `${name}/bias`))
  return batchNorm(active, weights, `encoder/${axis}/norm-${depth}`, observe)
}

/** Pooled statistics of every depth, along time with bands as channels. */
const poolTime = (
  overTime: tf.Tensor3D,
  weights: Weights,
  observe?: ObserveStatistics,
): tf.Tensor2D[] => {
  let x = overTime
  return filters.time.map((_, depth) => {
    x = convolveAt(x, 'time', depth, weights, observe)
    return poolStatistics(x)
  })
}

/** Statistics over columns of what convolutions along frequency find in each of them. */
const poolFrequency = (
  overTime: tf.Tensor3D,
  weights: Weights,
  observe?: ObserveStatistics,
): tf.Tensor2D => {
  const [batch] = overTime.shape
  const [averaged] = meanAndDeviation(tf.reshape(overTime, [-1, columnsAveraged, cropSize]))
  let x: tf.Tensor3D = tf.reshape(averaged, [batch * columns, cropSize, 1])
  for (const depth of filters.frequency.keys()) {
    x = convolveAt(x, 'frequency', depth, weights, observe)
  }
  return poolStatistics(tf.reshape(x, [batch, columns, profileSize]))
}

interface Encoded {
  /** Statistics of the crop that need no learning: deviation and step of every band over time. */
  readonly time: tf.Tensor2D
  /** Mean of every band, and its mean step from column to column along frequency. */
  readonly frequency: tf.Tensor2D
  readonly learned: Readonly<Record<Axis, tf.Tensor2D>>
}

const encodeParts = (
  crops: tf.Tensor3D,
  weights: Weights,
  observe?: ObserveStatistics,
): Encoded => {
  const overTime = facing('time', crops)
  const [mean, deviation] = meanAndDeviation(overTime)
  const time: tf.Tensor2D = tf.concat([deviation, meanStep(overTime)], 1)
  const frequency: tf.Tensor2D = tf.concat([mean, meanStepBetween(crops)], 1)
  const learn = (axis: Axis, pooled: tf.Tensor2D[]): tf.Tensor2D => {
    const all: tf.Tensor2D = tf.concat(pooled, 1)
    const normal = batchNorm(all, weights, `encoder/${axis}/norm-pooled`, observe)
    return dense(normal, weights, `encoder/${axis}/dense`)
  }
  return {
    time,
    frequency,
    learned: {
      time: learn('time', [time, ...poolTime(overTime, weights, observe)]),
      frequency: learn('frequency', [frequency, poolFrequency(overTime, weights, observe)]),
    },
  }
}

/**
 * The project's own: learns to tell which two crops come from one track, and pools over time instead of flattening,
 * so that a vector does not depend on where a crop happened to start. Beside what was learned stand plain
 * statistics of the bands; finishing weighs both.
 */
export const soundalike1: Architecture = {
  name: 'soundalike-1',
  parameters: [
    ...axisParameters('time', cropSize),
    ...axisParameters('frequency', 1),
    ...denseParameters('head/time', axisSize, headSize),
    ...denseParameters('head/frequency', axisSize, headSize),
    ...mirroredDecoderParameters,
  ],
  rawAxisSize: axisSize + bandStatistics,
  cropsPerTrack: 8,
  viewsPerTrack: 2,
  variesCrops: true,
  encode: (crops, weights, observe) => {
    const { time, frequency, learned } = encodeParts(crops, weights, observe)
    return tf.concat([learned.time, time, learned.frequency, frequency], 1)
  },
  reconstruct: (crops, weights) => {
    const { learned } = encodeParts(crops, weights)
    return decodeMirrored(tf.concat([learned.time, learned.frequency], 1), weights)
  },
  loss: (crops, weights, observe) => {
    const { learned } = encodeParts(crops, weights, observe)
    const recognise = (axis: Axis): tf.Scalar =>
      ntXent(dense(tf.relu(learned[axis]), weights, `head/${axis}`), temperature)
    const recognition = tf.add(recognise('time'), recognise('frequency'))
    const reconstruction = drawFirstViews(learned, crops, weights)
    return tf.add(recognition, tf.mul(reconstruction, reconstructionWeight))
  },
}

/** Reconstruction error of one of the two views of each track: half the arithmetic, and as good a gradient. */
const drawFirstViews = (
  learned: Encoded['learned'],
  crops: tf.Tensor3D,
  weights: Weights,
): tf.Scalar => {
  const [batch] = crops.shape
  const first = <T extends tf.Tensor>(x: T): T => {
    const pairs = tf.reshape(x, [batch / 2, 2, ...x.shape.slice(1)])
    return tf.squeeze(tf.slice(pairs, 0, [batch / 2, 1, ...x.shape.slice(1)]), [1])
  }
  const vectors: tf.Tensor2D = tf.concat([first(learned.time), first(learned.frequency)], 1)
  return tf.mean(tf.squaredDifference(decodeMirrored(vectors, weights), first(crops)))
}
