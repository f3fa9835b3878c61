import * as tf from '@tensorflow/tfjs'
import { runsKernels } from '../kernels/compiled.ts'
import { overlapAdd, sameWindows, windowsOf } from '../kernels/windows.ts'

/*
 * Convolutions whose gradients run on every backend. The WebAssembly backend has no kernel for the gradient of
 * a convolution with respect to its filter, and its matrix product is by far its fastest operation, so there a
 * convolution is a matrix product over windows. The native backends have fast convolutions of their own.
 */

/**
 * 2-D convolution with "same" padding.
 *
 * @param x - batch × height × width × channels
 * @param kernel - rows × columns × channels × filters
 * @returns batch × height / stride × width / stride × filters; an axis with one row in the kernel keeps its length
 */
export const convolve2d = (x: tf.Tensor4D, kernel: tf.Tensor4D, stride: number): tf.Tensor4D => {
  const [rowTaps, columnTaps, channels, filters] = kernel.shape
  const rowStride = rowTaps === 1 ? 1 : stride
  const columnStride = columnTaps === 1 ? 1 : stride
  if (!runsKernels()) return tf.conv2d(x, kernel, [rowStride, columnStride], 'same')
  const [batch, height, width] = x.shape
  const rows = sameWindows(height, rowTaps, rowStride)
  const columns = sameWindows(width, columnTaps, columnStride)
  const windows = windowsOf(x, { rows, columns, image: x.shape })
  const taps = tf.reshape(kernel, [rowTaps * columnTaps * channels, filters])
  const product = tf.matMul(windows, taps)
  // Far larger than the image: given back now, not at the end of the step. A gradient that needs it has its own hold.
  windows.dispose()
  return tf.reshape(product, [batch, rows.count, columns.count, filters])
}

/**
 * Transposed 2-D convolution with "same" padding: multiplies the sides by the stride.
 *
 * @param x - batch × height × width × channels
 * @param kernel - rows × columns × filters × channels
 * @returns batch × height · stride × width · stride × filters; an axis with one row in the kernel keeps its length
 */
export const convolveTransposed2d = (
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  stride: number,
): tf.Tensor4D => {
  const [batch, height, width, channels] = x.shape
  const [rowTaps, columnTaps, filters] = kernel.shape
  const rowStride = rowTaps === 1 ? 1 : stride
  const columnStride = columnTaps === 1 ? 1 : stride
  const image: [number, number, number, number] = [
    batch,
    height * rowStride,
    width * columnStride,
    filters,
  ]
  if (!runsKernels()) {
    return tf.conv2dTranspose(x, kernel, image, [rowStride, columnStride], 'same')
  }
  const taps: tf.Tensor2D = tf.reshape(kernel, [rowTaps * columnTaps * filters, channels])
  const pixels: tf.Tensor2D = tf.reshape(x, [batch * height * width, channels])
  const windows: tf.Tensor2D = tf.matMul(pixels, taps, false, true)
  const rows = sameWindows(image[1], rowTaps, rowStride)
  const columns = sameWindows(image[2], columnTaps, columnStride)
  const sum = overlapAdd(windows, { rows, columns, image })
  windows.dispose()
  return sum
}

/** {@link convolve2d} along one axis: batch × length × channels, kernel taps × channels × filters. */
export const convolve1d = (x: tf.Tensor3D, kernel: tf.Tensor3D, stride: number): tf.Tensor3D =>
  alongOneAxis(convolve2d, x, kernel, stride)

/** {@link convolveTransposed2d} along one axis: batch × length × channels, kernel taps × filters × channels. */
export const convolveTransposed1d = (
  x: tf.Tensor3D,
  kernel: tf.Tensor3D,
  stride: number,
): tf.Tensor3D => alongOneAxis(convolveTransposed2d, x, kernel, stride)

const alongOneAxis = (
  operation: typeof convolve2d,
  x: tf.Tensor3D,
  kernel: tf.Tensor3D,
  stride: number,
): tf.Tensor3D => {
  const row: tf.Tensor4D = tf.expandDims(x, 1)
  const taps: tf.Tensor4D = tf.expandDims(kernel, 0)
  return tf.squeeze(operation(row, taps, stride), [1])
}
