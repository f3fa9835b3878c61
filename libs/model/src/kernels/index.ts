import { openKernel } from './compiled.ts'
import { defineIdentity } from './identity.ts'
import { defineNormalise } from './normalise.ts'
import { definePool } from './pool.ts'
import { defineProduct } from './product.ts'
import { defineSum } from './sum.ts'
import { defineWindows } from './windows.ts'

/** Makes this folder's operations known to the WebAssembly backend, which has to be the current one. Once per thread. */
export const defineOperations = (): void => {
  const kernel = openKernel()
  for (const define of [
    defineProduct,
    defineIdentity,
    defineSum,
    defineWindows,
    defineNormalise,
    definePool,
  ]) {
    define(kernel)
  }
}
