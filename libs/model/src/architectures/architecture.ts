import type * as tf from '@tensorflow/tfjs'
import type { ObserveStatistics } from '../layers/batch-norm.ts'
import type { ParameterSpec, Weights } from '../parameters.ts'

/** Side of the square crop every encoder reads: bands and columns. */
export const cropSize = 128

/** Numbers of a finished vector per axis. */
export const axisSize = 128

/**
 * One way to learn vectors. Pure functions over named tensors: the training loop, the bundle and the encoder
 * work with any of them.
 */
export interface Architecture {
  readonly name: string
  /** Encoder first, in the order of the weight file. */
  readonly parameters: readonly ParameterSpec[]
  /** Numbers per axis that `encode` gives, before finishing brings them to {@link axisSize}. */
  readonly rawAxisSize: number
  /** Evenly spaced crops of a track whose encodings are averaged. */
  readonly cropsPerTrack: number
  /** Random crops of one track that stand side by side in a training batch. */
  readonly viewsPerTrack: number
  /** Whether training shows crops in different guises: what is compared needs it, what is drawn does not. */
  readonly variesCrops: boolean
  /**
   * @param crops - batch × bands × columns in 0…1, lowest band first
   * @param observe - given while training: normalise by the batch
   * @returns batch × 2·rawAxisSize, the time half first
   */
  encode(crops: tf.Tensor3D, weights: Weights, observe?: ObserveStatistics): tf.Tensor2D
  /**
   * What the decoder makes of the vectors of crops.
   *
   * @returns of the shape of `crops`
   */
  reconstruct(crops: tf.Tensor3D, weights: Weights): tf.Tensor3D
  /** What training makes small, averaged over the batch. */
  loss(crops: tf.Tensor3D, weights: Weights, observe?: ObserveStatistics): tf.Scalar
}
