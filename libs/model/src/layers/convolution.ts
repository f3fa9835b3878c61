import * as tf from '@tensorflow/tfjs'
import { windows } from './windows.ts'

/*
 * Convolutions as matrix products over windows: the WebAssembly backend has no kernel for the gradient of a
 * convolution with respect to its filter, and its matrix product is by far its fastest operation.
 */

/** Taps of every encoder convolution. */
export const kernelSize = 5

/**
 * 1-D convolution with kernel 5, stride 2 and "same" padding, as `tf.conv1d` computes it.
 *
 * @param x - batch × length × channels, length even
 * @param kernel - 5 × channels × filters
 * @returns batch × length / 2 × filters
 */
export const convolveHalving = (x: tf.Tensor3D, kernel: tf.Tensor3D): tf.Tensor3D => {
  const [batch, length, channels] = x.shape
  const filters = kernel.shape[2]
  const count = length / 2
  // "Same" for kernel 5 and stride 2 pads one step before and two after.
  const sides = windows(x, { size: kernelSize, stride: 2, before: 1, count })
  const product = tf.matMul(sides, tf.reshape(kernel, [kernelSize * channels, filters]))
  return tf.reshape(product, [batch, count, filters])
}

/**
 * Doubles the length: a transposed convolution of kernel 6 and stride 2, written as three taps that
 * produce two neighbouring steps at once (sub-pixel convolution).
 *
 * @param x - batch × length × channels
 * @param kernel - 3 × channels × 2·filters
 * @param bias - 2·filters
 * @returns batch × 2·length × filters
 */
export const convolveDoubling = (
  x: tf.Tensor3D,
  kernel: tf.Tensor3D,
  bias: tf.Tensor1D,
): tf.Tensor3D => {
  const [batch, length, channels] = x.shape
  const outputs = kernel.shape[2]
  const sides = windows(x, { size: 3, stride: 1, before: 1, count: length })
  const product = tf.add(tf.matMul(sides, tf.reshape(kernel, [3 * channels, outputs])), bias)
  return tf.reshape(product, [batch, 2 * length, outputs / 2])
}
