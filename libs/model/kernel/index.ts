/**
 * The inner loops of learning and encoding, in AssemblyScript: TypeScript's syntax over WebAssembly's types.
 *
 * Nothing here allocates: every function is given addresses, in bytes, in the memory of TensorFlow.js's WebAssembly
 * backend, which it shares. Numbers are float32. `src/kernels/compiled.ts` binds it; the committed `kernel.wasm` is what
 * `npx asc --config libs/model/kernel/asconfig.json` makes of this folder, and a test holds the two together.
 */
export {
  biasedRelu,
  centredProductSums,
  centredSquareSums,
  columnSums,
  combine,
  passPositive,
  scaleAndShift,
  stepSums,
  stepSumsBetween,
} from './columns'
export { product, scratchBytes } from './product'
export { addWindows, gatherWindows } from './windows'
