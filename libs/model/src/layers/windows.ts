import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'

/** Where windows lie along a sequence. */
export interface WindowPlan {
  /** Steps of the sequence in one window. */
  readonly size: number
  /** Steps from one window to the next. */
  readonly stride: number
  /** Zeros put before the sequence; as many as are needed follow it. */
  readonly before: number
  /** Number of windows. */
  readonly count: number
}

/**
 * Windows of sequences side by side, which turns a convolution into one matrix product.
 *
 * @param x - batch × length × channels
 * @returns (batch · count) × (size · channels)
 */
export const windows = (x: tf.Tensor3D, plan: WindowPlan): tf.Tensor2D =>
  tf.getBackend() === 'wasm'
    ? tf.engine().runKernel<tf.Tensor2D>(forward, { x }, { ...plan, shape: x.shape })
    : windowsBySlices(x, plan)

/** The same out of standard operations, for backends whose memory cannot be reached from here. */
export const windowsBySlices = (x: tf.Tensor3D, plan: WindowPlan): tf.Tensor2D => {
  const { size, stride, before, count } = plan
  const [batch, length, channels] = x.shape
  const after = Math.max(0, (count - 1) * stride + size - before - length) + stride
  const padded = tf.pad(x, [
    [0, 0],
    [before, after],
    [0, 0],
  ])
  const taps = Array.from({ length: size }, (_, tap) => {
    const every = tf.slice(padded, [0, tap, 0], [batch, count * stride, channels])
    const strided: tf.Tensor2D = tf.reshape(every, [batch * count, stride * channels])
    return tf.slice(strided, [0, 0], [batch * count, channels])
  })
  return tf.concat(taps, 1)
}

const forward = 'SoundalikeWindows'
const backward = 'SoundalikeWindowsGradient'

type Attributes = WindowPlan & { readonly shape: readonly [number, number, number] }

/**
 * Registers the WebAssembly kernels behind {@link windows}. One pass over memory that makes no garbage,
 * where the backend's own Slice copies the whole tensor it slices out of the heap first.
 */
export const registerWindowKernels = (): void => {
  tf.registerKernel(
    kernel(
      forward,
      ({ size, count, shape: [batch, , channels] }) => [batch * count, size * channels],
      gather,
    ),
  )
  tf.registerKernel(kernel(backward, ({ shape }) => [...shape], scatterAdd))
  tf.registerGradient({
    kernelName: forward,
    gradFunc: (dy, _saved, attributes) => ({
      x: () => tf.engine().runKernel(backward, { x: dy as tf.Tensor2D }, attributes),
    }),
  })
}

/** The part of the WebAssembly backend that reaches its memory. */
interface Heap {
  makeOutput(shape: number[], dtype: 'float32'): TensorInfo
  typedArrayFromHeap(tensor: TensorInfo): Float32Array
}

const kernel = (
  kernelName: string,
  outputShape: (attributes: Attributes) => number[],
  compute: (from: Float32Array, to: Float32Array, attributes: Attributes) => void,
): KernelConfig => ({
  kernelName,
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const attributes = attrs as unknown as Attributes
    const wasm = backend as Heap
    const x = inputs['x']!
    // The output first: making it may grow the heap, which would invalidate a view taken before.
    const output: TensorInfo = wasm.makeOutput(outputShape(attributes), 'float32')
    compute(wasm.typedArrayFromHeap(x), wasm.typedArrayFromHeap(output), attributes)
    return output
  },
})

/** Calls back with each window's part inside the sequence, in floats: where it is in `x` and in the window. */
const eachWindow = (
  { size, stride, before, count, shape: [batch, length, channels] }: Attributes,
  visit: (window: number, within: number, sequence: number, floatCount: number) => void,
): void => {
  for (let item = 0; item < batch; item++) {
    for (let step = 0; step < count; step++) {
      const start = step * stride - before
      const from = Math.max(0, start)
      const to = Math.min(length, start + size)
      const window = (item * count + step) * size * channels
      visit(
        window,
        (from - start) * channels,
        (item * length + from) * channels,
        Math.max(0, to - from) * channels,
      )
    }
  }
}

const gather = (x: Float32Array, output: Float32Array, attributes: Attributes): void => {
  const whole = attributes.size * attributes.shape[2]
  eachWindow(attributes, (window, within, sequence, floatCount) => {
    if (floatCount < whole) output.fill(0, window, window + whole)
    output.set(x.subarray(sequence, sequence + floatCount), window + within)
  })
}

const scatterAdd = (dy: Float32Array, dx: Float32Array, attributes: Attributes): void => {
  dx.fill(0)
  eachWindow(attributes, (window, within, sequence, floatCount) => {
    const from = window + within
    for (let i = 0; i < floatCount; i++) dx[sequence + i]! += dy[from + i]!
  })
}
