import * as tf from '@tensorflow/tfjs'
import { runsKernels } from '../kernels/compiled.ts'
import { runBatchNorm, runScaleAndShift } from '../kernels/normalise.ts'
import type { ParameterSpec, Weights } from '../parameters.ts'
import { weight } from '../parameters.ts'

/** Added to every variance, so that a constant channel divides by something. */
const epsilon = 1e-3

/**
 * Told the batch's mean and variance of each normalisation while training; absent when the running ones are used.
 * The tensors belong to the caller's tidy.
 */
export type ObserveStatistics = (name: string, statistics: tf.Tensor1D) => void

/** Parameters of one batch normalisation over `channels`. */
export const batchNormParameters = (name: string, channels: number): ParameterSpec[] => [
  { name: `${name}/scale`, shape: [channels], kind: 'ones' },
  { name: `${name}/offset`, shape: [channels], kind: 'zeros' },
  { name: `${name}/mean`, shape: [channels], kind: 'running-mean' },
  { name: `${name}/variance`, shape: [channels], kind: 'running-variance' },
]

/**
 * Batch normalisation (Ioffe and Szegedy 2015) over every axis but the last.
 *
 * @param observe - given: normalise by the batch and report its statistics; absent: by the running statistics
 */
export const batchNorm = <Rank extends tf.Rank>(
  x: tf.Tensor<Rank>,
  weights: Weights,
  name: string,
  observe?: ObserveStatistics,
): tf.Tensor<Rank> => {
  const scale = weight<tf.Rank.R1>(weights, `${name}/scale`)
  const offset = weight<tf.Rank.R1>(weights, `${name}/offset`)
  if (observe === undefined) {
    const factor = tf.mul(scale, tf.rsqrt(tf.add(weight(weights, `${name}/variance`), epsilon)))
    const shift = tf.sub(offset, tf.mul(weight(weights, `${name}/mean`), factor))
    if (runsKernels()) return runScaleAndShift(x, factor, shift)
    return tf.add(tf.mul(x, factor), shift)
  }
  const [normal, mean, variance] = runsKernels()
    ? runBatchNorm(x, scale, offset, epsilon)
    : normaliseByBatch(x, scale, offset)
  observe(`${name}/mean`, mean)
  observe(`${name}/variance`, variance)
  return normal
}

const normaliseByBatch = <Rank extends tf.Rank>(
  x: tf.Tensor<Rank>,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
): [tf.Tensor<Rank>, tf.Tensor1D, tf.Tensor1D] => {
  const axes = x.shape.slice(0, -1).map((_, axis) => axis)
  const moments = tf.moments(x, axes)
  const mean = moments.mean as tf.Tensor1D
  const variance = moments.variance as tf.Tensor1D
  const factor = tf.mul(scale, tf.rsqrt(tf.add(variance, epsilon)))
  return [tf.add(tf.mul(tf.sub(x, mean), factor), offset), mean, variance]
}
