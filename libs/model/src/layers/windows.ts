import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'

/*
 * Windows of images side by side, which turn a convolution into one matrix product, and the way back.
 * Kernels for the WebAssembly backend: one pass over memory that makes no garbage, where the backend's own
 * Slice first copies the whole tensor it slices out of the heap.
 */

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
  tf.engine().runKernel(gatherKernel, { x }, attributesOf(plan))

/**
 * Lays windows back over an image and adds where they overlap: the transpose of {@link windowsOf}.
 *
 * @returns a tensor of the shape `plan.image`
 */
export const overlapAdd = (windows: tf.Tensor2D, plan: WindowPlan): tf.Tensor4D =>
  tf.engine().runKernel(overlapAddKernel, { x: windows }, attributesOf(plan))

/** Registers both kernels for the WebAssembly backend; each is the other's gradient. */
export const registerWindowKernels = (): void => {
  tf.registerKernel(
    wasmKernel(
      gatherKernel,
      ({ rows, columns, image: [batch, , , channels] }) => {
        return [batch * rows.count * columns.count, rows.size * columns.size * channels]
      },
      gather,
    ),
  )
  tf.registerKernel(wasmKernel(overlapAddKernel, ({ image }) => [...image], scatterAdd))
  registerGradient(gatherKernel, overlapAddKernel)
  registerGradient(overlapAddKernel, gatherKernel)
}

const registerGradient = (kernelName: string, transpose: string): void => {
  tf.registerGradient({
    kernelName,
    gradFunc: (dy, _saved, attributes) => ({
      x: () => tf.engine().runKernel(transpose, { x: dy as tf.Tensor }, attributes),
    }),
  })
}

/** The part of the WebAssembly backend that reaches its memory. */
interface Heap {
  makeOutput(shape: number[], dtype: 'float32'): TensorInfo
  typedArrayFromHeap(tensor: TensorInfo): Float32Array
}

/** TensorFlow.js passes attributes through as they are, but types them as flat. */
const attributesOf = (plan: WindowPlan) => plan as unknown as tf.NamedAttrMap

const wasmKernel = (
  kernelName: string,
  outputShape: (plan: WindowPlan) => number[],
  compute: (from: Float32Array, to: Float32Array, plan: WindowPlan) => void,
): KernelConfig => ({
  kernelName,
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const plan = attrs as unknown as WindowPlan
    const heap = backend as Heap
    // The output first: making it may grow the heap, which would invalidate a view taken before.
    const output = heap.makeOutput(outputShape(plan), 'float32')
    compute(heap.typedArrayFromHeap(inputs['x']!), heap.typedArrayFromHeap(output), plan)
    return output
  },
})

/**
 * Calls back with every stretch of pixels that lies side by side both in a window and in the image:
 * where it starts in either, and its length, in floats.
 */
const eachStretch = (
  { rows, columns, image: [batch, height, width, channels] }: WindowPlan,
  visit: (window: number, image: number, floats: number) => void,
): void => {
  const windowRow = columns.size * channels
  let window = 0
  for (let item = 0; item < batch; item++) {
    for (let row = 0; row < rows.count; row++) {
      const top = row * rows.stride - rows.before
      for (let column = 0; column < columns.count; column++) {
        const left = column * columns.stride - columns.before
        const from = Math.max(0, left)
        const floats = (Math.min(width, left + columns.size) - from) * channels
        for (let tap = 0; tap < rows.size; tap++) {
          const y = top + tap
          if (y >= 0 && y < height && floats > 0) {
            const start = ((item * height + y) * width + from) * channels
            visit(window + tap * windowRow + (from - left) * channels, start, floats)
          }
        }
        window += rows.size * windowRow
      }
    }
  }
}

const gather = (image: Float32Array, windows: Float32Array, plan: WindowPlan): void => {
  windows.fill(0)
  eachStretch(plan, (window, start, floats) => {
    windows.set(image.subarray(start, start + floats), window)
  })
}

const scatterAdd = (windows: Float32Array, image: Float32Array, plan: WindowPlan): void => {
  image.fill(0)
  eachStretch(plan, (window, start, floats) => {
    for (let i = 0; i < floats; i++) image[start + i]! += windows[window + i]!
  })
}
