import * as tf from '@tensorflow/tfjs'
import { runsKernels } from '../kernels/compiled.ts'
import { runMeanStep, runMeanStepBetween, runPool } from '../kernels/pool.ts'

/** Keeps the slope of the square root finite where nothing varies. */
const epsilon = 1e-4

/**
 * Mean and deviation along the middle axis: what a sequence is like, wherever it was cut.
 *
 * @param x - batch × length × channels
 * @returns twice batch × channels
 */
export const meanAndDeviation = (x: tf.Tensor3D): [tf.Tensor2D, tf.Tensor2D] => {
  if (runsKernels()) return runPool(x, epsilon)
  const mean: tf.Tensor3D = tf.mean(x, 1, true)
  const variance: tf.Tensor2D = tf.mean(tf.square(tf.sub(x, mean)), 1)
  return [tf.squeeze<tf.Tensor2D>(mean, [1]), tf.sqrt(tf.add(variance, epsilon))]
}

/** {@link meanAndDeviation} side by side: batch × 2·channels, the means first. */
export const poolStatistics = (x: tf.Tensor3D): tf.Tensor2D => tf.concat(meanAndDeviation(x), 1)

/**
 * Mean size of the step from one place to the next along the middle axis: how lively a sequence is.
 * For what is not learned: on WebAssembly it has no gradient.
 *
 * @param x - batch × length × channels
 * @returns batch × channels
 */
export const meanStep = (x: tf.Tensor3D): tf.Tensor2D =>
  runsKernels() ? runMeanStep(x) : tf.mean(stepsOf(x), 1)

/**
 * Mean over the last axis of each step along the middle axis. For what is not learned: on WebAssembly it has no
 * gradient.
 *
 * @param x - batch × length × channels
 * @returns batch × length, the last number 0, because nothing follows
 */
export const meanStepBetween = (x: tf.Tensor3D): tf.Tensor2D => {
  if (runsKernels()) return runMeanStepBetween(x)
  return tf.pad(tf.mean<tf.Tensor2D>(stepsOf(x), 2), [
    [0, 0],
    [0, 1],
  ])
}

/** Sizes of the steps along the middle axis, one fewer than places. */
const stepsOf = (x: tf.Tensor3D): tf.Tensor3D => {
  const [batch, length, channels] = x.shape
  const earlier = tf.slice(x, [0, 0, 0], [batch, length - 1, channels])
  const later = tf.slice(x, [0, 1, 0], [batch, length - 1, channels])
  return tf.abs(tf.sub(later, earlier))
}
