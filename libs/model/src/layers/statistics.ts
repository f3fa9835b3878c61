import * as tf from '@tensorflow/tfjs'

/** Keeps the slope of the square root finite where nothing varies. */
const epsilon = 1e-4

/**
 * Mean and deviation along the middle axis: what a sequence is like, wherever it was cut.
 *
 * @param x - batch × length × channels
 * @returns batch × 2·channels, the means first
 */
export const poolStatistics = (x: tf.Tensor3D): tf.Tensor2D => {
  const mean: tf.Tensor3D = tf.mean(x, 1, true)
  const variance: tf.Tensor2D = tf.mean(tf.square(tf.sub(x, mean)), 1)
  return tf.concat([tf.squeeze<tf.Tensor2D>(mean, [1]), tf.sqrt(tf.add(variance, epsilon))], 1)
}

/**
 * Mean size of the step from one place to the next along the middle axis: how lively a sequence is.
 *
 * @param x - batch × length × channels
 * @returns batch × channels
 */
export const meanStep = (x: tf.Tensor3D): tf.Tensor2D => {
  const [batch, length, channels] = x.shape
  const earlier = tf.slice(x, [0, 0, 0], [batch, length - 1, channels])
  const later = tf.slice(x, [0, 1, 0], [batch, length - 1, channels])
  return tf.mean(tf.abs(tf.sub(later, earlier)), 1)
}
