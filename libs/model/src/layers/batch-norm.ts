import * as tf from '@tensorflow/tfjs'
import type { ParameterSpec, Weights } from '../parameters.ts'
import { weight } from '../parameters.ts'
import { sumRows } from './matrix-product.ts'

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
    return tf.add(tf.mul(x, factor), shift)
  }
  const rows: tf.Tensor2D = tf.reshape(x, [-1, x.shape.at(-1)!])
  const mean = tf.div<tf.Tensor1D>(sumRows(rows), rows.shape[0])
  const centred = tf.sub<tf.Tensor2D>(rows, mean)
  const variance = tf.div<tf.Tensor1D>(sumRows(tf.square(centred)), rows.shape[0])
  observe(`${name}/mean`, mean)
  observe(`${name}/variance`, variance)
  const normal = standardise(rows, mean, variance)
  return tf.reshape(tf.add(tf.mul(normal, scale), offset), x.shape)
}

/** (x − mean) / deviation, with the closed gradient through both statistics instead of a chain of slow sums. */
const standardise = (rows: tf.Tensor2D, mean: tf.Tensor1D, variance: tf.Tensor1D): tf.Tensor2D => {
  const forward = tf.customGrad((x, save) => {
    const inverse = tf.rsqrt(tf.add(variance, epsilon))
    const value = tf.mul(tf.sub(x as tf.Tensor2D, mean), inverse)
    ;(save as tf.GradSaveFunc)([value, inverse])
    return {
      value,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [normal, factor] = saved as [tf.Tensor2D, tf.Tensor1D]
        const upstream = dy as tf.Tensor2D
        const count = upstream.shape[0]
        const meanUpstream = tf.div(sumRows(upstream), count)
        const meanProduct = tf.div(sumRows(tf.mul(upstream, normal)), count)
        return tf.mul(factor, tf.sub(tf.sub(upstream, meanUpstream), tf.mul(normal, meanProduct)))
      },
    }
  })
  return forward(rows) as tf.Tensor2D
}
