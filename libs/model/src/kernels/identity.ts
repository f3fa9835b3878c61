import type { Kernel } from './compiled.ts'
import { defineOperation } from './compiled.ts'

/**
 * Lets a clone share the numbers of what was cloned, as on every other backend; the WebAssembly backend copies them,
 * and TensorFlow.js clones whatever a gradient may need. Tensors never change, so nobody can tell.
 */
export const defineIdentity = (kernel: Kernel): void =>
  defineOperation('Identity', ({ x }) => kernel.share(x!))
