import * as tf from '@tensorflow/tfjs'

interface Transposition {
  readonly transposeA: boolean
  readonly transposeB: boolean
}

/**
 * Replaces the gradient of matMul by one that transposes first and multiplies plain matrices after.
 *
 * The WebAssembly kernel hands plain products to XNNPACK, and products with a transposed operand to a loop
 * a dozen times slower; TensorFlow.js's own gradient asks for nothing but the latter.
 */
export const useMatrixProductGradients = (): void => {
  tf.registerGradient({
    kernelName: 'BatchMatMul',
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, saved, attributes) => {
      const [a, b] = saved as [tf.Tensor, tf.Tensor]
      const { transposeA, transposeB } = attributes as unknown as Transposition
      const upstream = dy as tf.Tensor
      return {
        a: () => {
          const gradient = () => tf.matMul(upstream, transposeB ? b : flip(b))
          return transposeA ? flip(gradient()) : gradient()
        },
        b: () => {
          const gradient = weightGradient(transposeA ? flip(a) : a, upstream)
          return transposeB ? flip(gradient) : gradient
        },
      }
    },
  })
}

/** aᵀ · dy, transposing whichever operand is narrower. */
const weightGradient = (a: tf.Tensor, dy: tf.Tensor): tf.Tensor =>
  a.shape.at(-1)! <= dy.shape.at(-1)! ? tf.matMul(flip(a), dy) : flip(tf.matMul(flip(dy), a))

/** Swaps the last two axes. */
const flip = (x: tf.Tensor): tf.Tensor => {
  const axes = x.shape.map((_, axis) => axis)
  return tf.transpose(x, [...axes.slice(0, -2), axes.length - 1, axes.length - 2])
}

/** Sum over the rows of a matrix, as a product with ones: the WebAssembly Sum kernel is slow on this axis. */
export const sumRows = (x: tf.Tensor2D): tf.Tensor1D =>
  tf.reshape(tf.matMul(tf.ones([1, x.shape[0]]), x), [x.shape[1]])
