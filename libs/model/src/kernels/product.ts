import type { TensorInfo } from '@tensorflow/tfjs'
import type { Kernel } from './compiled.ts'
import { defineOperation } from './compiled.ts'
import { sizeOf } from '../parameters.ts'

interface Transposition {
  readonly transposeA: boolean
  readonly transposeB: boolean
}

/**
 * Replaces the matrix product of the WebAssembly backend. The backend's own is fast only for a narrow right matrix
 * that is not transposed, which the gradient of a convolution never is: it has XNNPACK repack the right matrix, and
 * keeps the copy as long as the matrix. What models have no use for is left to it: other types, and batches that differ.
 */
export const defineProduct = (kernel: Kernel): void =>
  defineOperation<Transposition>('BatchMatMul', ({ a, b }, { transposeA, transposeB }) => {
    const left = sidesOf(a!, transposeA)
    const right = sidesOf(b!, transposeB)
    if (a!.dtype !== 'float32' || b!.dtype !== 'float32' || !batchesMatch(a!, b!)) return null
    const batch = Math.max(left.batch, right.batch)
    const outer = left.batch >= right.batch ? a!.shape.slice(0, -2) : b!.shape.slice(0, -2)
    const output = kernel.make([...outer, left.rows, right.columns])
    const [aAt, bAt, to] = [a!, b!, output].map(kernel.addressOf) as [number, number, number]
    for (let item = 0; item < batch; item++) {
      kernel.product(
        aAt + (left.batch === 1 ? 0 : item) * left.bytes,
        left.rowBytes,
        left.columnBytes,
        bAt + (right.batch === 1 ? 0 : item) * right.bytes,
        right.rowBytes,
        right.columnBytes,
        to + item * 4 * left.rows * right.columns,
        left.rows,
        right.columns,
        left.columns,
        kernel.scratch,
      )
    }
    return output
  })

/** Whether both are batches of one shape, or one of them a single matrix. */
const batchesMatch = (a: TensorInfo, b: TensorInfo): boolean => {
  const [left, right] = [a.shape.slice(0, -2), b.shape.slice(0, -2)]
  return left.join() === right.join() || sizeOf(left) === 1 || sizeOf(right) === 1
}

/** Rows and columns of a matrix, or of each of a batch of them, as it takes part in the product. */
const sidesOf = ({ shape }: TensorInfo, transposed: boolean) => {
  const [height, width] = shape.slice(-2) as [number, number]
  const batch = sizeOf(shape.slice(0, -2))
  const bytes = 4 * height * width
  return transposed
    ? { batch, bytes, rows: width, columns: height, rowBytes: 4, columnBytes: 4 * width }
    : { batch, bytes, rows: height, columns: width, rowBytes: 4 * width, columnBytes: 4 }
}
