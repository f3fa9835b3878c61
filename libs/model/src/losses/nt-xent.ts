import * as tf from '@tensorflow/tfjs'

/** Keeps a row of zeros from being divided by its length. */
const epsilon = 1e-6

/** Taken off a row's similarity to itself, so that it counts for nothing in the softmax. */
const excluded = 1e9

/**
 * Normalised, temperature-scaled cross entropy (Chen et al. 2020, SimCLR eq. 1): each row should find its partner
 * among all other rows of the batch.
 *
 * @param rows - rows 0 and 1 belong together, 2 and 3, and so on
 * @param temperature - the smaller, the more the nearest strangers count
 */
export const ntXent = (rows: tf.Tensor2D, temperature: number): tf.Scalar => {
  const [count] = rows.shape
  const lengths = tf.sqrt(tf.add(tf.sum(tf.square(rows), 1, true), epsilon))
  const unit: tf.Tensor2D = tf.div(rows, lengths)
  const similarities = tf.div(tf.matMul(unit, tf.transpose(unit)), temperature)
  const others = tf.sub(similarities, tf.mul(tf.eye(count), excluded))
  const partners = Int32Array.from({ length: count }, (_, row) => row ^ 1)
  const toPartner = tf.sum(tf.mul(others, tf.oneHot(tf.tensor1d(partners, 'int32'), count)), 1)
  return tf.mean(tf.sub(tf.logSumExp(others, 1), toPartner))
}
