import * as tf from '@tensorflow/tfjs'
import type { Kernel } from './compiled.ts'
import { attributes, defineOperation } from './compiled.ts'

/* Windows of images side by side, which turn a convolution into one matrix product, and the way back. */

/** Where windows lie along one axis. Parts of a window outside the image are zero. */
export interface WindowAxis {
  /** Pixels in one window. */
  readonly size: number
  /** Pixels from one window to the next. */
  readonly stride: number
  /** Pixels of the first window before the image. */
  readonly before: number
  /** Number of windows. */
  readonly count: number
}

/** How an image is covered by windows. */
export interface WindowPlan {
  readonly rows: WindowAxis
  readonly columns: WindowAxis
  /** batch, rows, columns, channels of the image */
  readonly image: readonly [number, number, number, number]
}

/**
 * Windows that cover an axis of the given length with "same" padding, as TensorFlow lays them:
 * as many as the length divided by the stride, the odd pixel of padding at the end.
 */
export const sameWindows = (length: number, size: number, stride: number): WindowAxis => {
  const count = Math.ceil(length / stride)
  const padding = Math.max(0, (count - 1) * stride + size - length)
  return { size, stride, before: Math.floor(padding / 2), count }
}

const gatherKernel = 'SoundalikeWindows'
const overlapAddKernel = 'SoundalikeOverlapAdd'

/**
 * @param x - of the shape `plan.image`
 * @returns one row per window, its pixels row by row, each with all its channels
 */
export const windowsOf = (x: tf.Tensor4D, plan: WindowPlan): tf.Tensor2D =>
  tf.engine().runKernel(gatherKernel, { x }, attributes(plan))

/**
 * Lays windows back over an image and adds where they overlap: the transpose of {@link windowsOf}.
 *
 * @returns a tensor of the shape `plan.image`
 */
export const overlapAdd = (windows: tf.Tensor2D, plan: WindowPlan): tf.Tensor4D =>
  tf.engine().runKernel(overlapAddKernel, { x: windows }, attributes(plan))

/** Defines both operations; each is the other's gradient. */
export const defineWindows = (kernel: Kernel): void => {
  defineOperation<WindowPlan>(gatherKernel, ({ x }, plan) => {
    const { rows, columns, image } = plan
    const [batch, , , channels] = image
    const output = kernel.make([
      batch * rows.count * columns.count,
      rows.size * columns.size * channels,
    ])
    kernel.gatherWindows(kernel.addressOf(x!), kernel.addressOf(output), ...numbersOf(plan))
    return output
  })
  defineOperation<WindowPlan>(overlapAddKernel, ({ x }, plan) => {
    const output = kernel.make(plan.image)
    kernel.addWindows(kernel.addressOf(x!), kernel.addressOf(output), ...numbersOf(plan))
    return output
  })
  defineGradient(gatherKernel, overlapAddKernel)
  defineGradient(overlapAddKernel, gatherKernel)
}

/** A plan as the compiled kernel takes it. */
const numbersOf = ({ rows, columns, image: [batch, height, width, channels] }: WindowPlan) => [
  batch,
  channels,
  height,
  rows.size,
  rows.stride,
  rows.before,
  rows.count,
  width,
  columns.size,
  columns.stride,
  columns.before,
  columns.count,
]

const defineGradient = (kernelName: string, transpose: string): void => {
  tf.registerGradient({
    kernelName,
    gradFunc: (dy, _saved, plan) => ({
      x: () => tf.engine().runKernel(transpose, { x: dy as tf.Tensor }, plan),
    }),
  })
}
