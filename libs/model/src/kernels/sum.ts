import type { Kernel } from './compiled.ts'
import { defineOperation, rowsOf } from './compiled.ts'

interface Reduction {
  /** Null stands for all. */
  readonly axis: number | readonly number[] | null
  readonly keepDims: boolean
}

/**
 * Adds up all axes but the last, which is the gradient of every bias, in one pass; the WebAssembly backend's own sum
 * first transposes the tensor. Other axes are left to that.
 */
export const defineSum = (kernel: Kernel): void =>
  defineOperation<Reduction>('Sum', ({ x }, { axis, keepDims }) => {
    const { shape, dtype } = x!
    const last = shape.length - 1
    const axes = [axis ?? []].flat().map((own) => (own < 0 ? own + shape.length : own))
    const leading = last > 0 && axes.length === last && !axes.includes(last)
    if (dtype !== 'float32' || !leading) return null
    const output = kernel.make(keepDims ? [...axes.map(() => 1), shape[last]!] : [shape[last]!])
    const [from, to] = [kernel.addressOf(x!), kernel.addressOf(output)]
    kernel.columnSums(from, rowsOf(x!), shape[last]!, to)
    return output
  })
