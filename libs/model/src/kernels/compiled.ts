import { readFileSync } from 'node:fs'
import type { TensorInfo } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'

/*
 * What `kernel/` exports, bound to the memory of TensorFlow.js's WebAssembly backend, and how operations built on it
 * are made known to TensorFlow.js. Tensors are told by their addresses, so nothing is copied in or out.
 */

type Address = number

/** `n` is a number of columns; a matrix lies row by row. `kernel/` says what each function does. */
interface Compiled {
  product(
    a: Address,
    aRowBytes: number,
    aColumnBytes: number,
    b: Address,
    bRowBytes: number,
    bColumnBytes: number,
    c: Address,
    m: number,
    n: number,
    k: number,
    scratch: Address,
  ): void
  scratchBytes(): number
  gatherWindows(image: Address, windows: Address, ...plan: number[]): void
  addWindows(windows: Address, image: Address, ...plan: number[]): void
  columnSums(x: Address, rows: number, n: number, to: Address): void
  centredSquareSums(x: Address, rows: number, n: number, centre: Address, to: Address): void
  centredProductSums(
    y: Address,
    x: Address,
    rows: number,
    n: number,
    centre: Address,
    to: Address,
  ): void
  stepSums(x: Address, rows: number, n: number, to: Address): void
  stepSumsBetween(x: Address, rows: number, n: number, to: Address): void
  scaleAndShift(
    x: Address,
    rows: number,
    n: number,
    factor: Address,
    shift: Address,
    to: Address,
  ): void
  combine(
    y: Address,
    x: Address,
    rows: number,
    n: number,
    a: Address,
    b: Address,
    c: Address,
    to: Address,
  ): void
  biasedRelu(x: Address, rows: number, n: number, bias: Address, to: Address): void
  passPositive(dy: Address, y: Address, count: number, to: Address): void
}

/** The compiled kernel and the tensors it works on. */
export interface Kernel extends Compiled {
  /** Memory for {@link Compiled.product}. */
  readonly scratch: Address
  /** A tensor of float32 to be written; its memory holds anything. */
  make(shape: readonly number[]): TensorInfo
  addressOf(tensor: TensorInfo): Address
  /** The numbers of a tensor in place. Valid until the next {@link Kernel.make}. */
  numbersOf(tensor: TensorInfo): Float32Array
  /** Another tensor over the same numbers. */
  share(tensor: TensorInfo): TensorInfo
  /** Gives back a tensor that is not returned. */
  dispose(tensor: TensorInfo): void
}

/** Rows of a tensor whose last axis are columns. */
export const rowsOf = ({ shape }: TensorInfo): number =>
  shape.slice(0, -1).reduce((product, side) => product * side, 1)

/** The parts of TensorFlow.js's WebAssembly backend that reach its memory. */
interface Backend {
  readonly wasm: {
    readonly asm: { readonly memory: WebAssembly.Memory }
    _malloc(bytes: number): Address
  }
  getMemoryOffset(data: TensorInfo['dataId']): Address
  incRef(data: TensorInfo['dataId']): void
  disposeData(data: TensorInfo['dataId']): boolean
  makeOutput(shape: readonly number[], dtype: 'float32'): TensorInfo
  typedArrayFromHeap(tensor: TensorInfo): Float32Array
}

/** The kernel over the current backend, which has to be the WebAssembly one. */
export const openKernel = (): Kernel => {
  const backend = tf.backend() as unknown as Backend
  const { memory } = backend.wasm.asm
  const module = new WebAssembly.Module(readFileSync(new URL('kernel.wasm', import.meta.url)))
  const compiled = new WebAssembly.Instance(module, { env: { memory } }).exports as Compiled
  return {
    ...compiled,
    scratch: backend.wasm._malloc(compiled.scratchBytes()),
    make: (shape) => backend.makeOutput(shape, 'float32'),
    addressOf: ({ dataId }) => backend.getMemoryOffset(dataId),
    numbersOf: (tensor) => backend.typedArrayFromHeap(tensor),
    share: (tensor) => {
      backend.incRef(tensor.dataId)
      const { dataId, shape, dtype } = tensor
      return { dataId, shape, dtype }
    },
    dispose: ({ dataId }) => void backend.disposeData(dataId),
  }
}

/**
 * Makes an operation known for the WebAssembly backend, in place of its own if it has one of the name.
 *
 * @param compute - may return null to leave a case to what was there before
 */
export const defineOperation = <Attributes>(
  kernelName: string,
  compute: (
    inputs: Readonly<Record<string, TensorInfo>>,
    attributes: Attributes,
  ) => TensorInfo | TensorInfo[] | null,
): void => {
  // Undefined for what is new, which the types do not say.
  const existing = tf.getKernel(kernelName, 'wasm') as tf.KernelConfig | undefined
  if (existing !== undefined) tf.unregisterKernel(kernelName, 'wasm')
  tf.registerKernel({
    kernelName,
    backendName: 'wasm',
    kernelFunc: (call) =>
      compute(call.inputs as Record<string, TensorInfo>, call.attrs as unknown as Attributes) ??
      existing!.kernelFunc(call),
  })
}

/** TensorFlow.js passes attributes through as they are, but types them as flat. */
export const attributes = (any: object) => any as unknown as tf.NamedAttrMap

/** Copies a tensor's numbers, which lie in memory that can be read in place, where `dataSync` would copy them first. */
export const copyNumbers = (tensor: tf.Tensor, to: Float32Array, offset: number): void => {
  const backend = tf.backend() as unknown as Backend
  to.set(runsKernels() ? backend.typedArrayFromHeap(tensor) : tensor.dataSync<'float32'>(), offset)
}

/** Whether the operations of this folder are those of the current backend. */
export const runsKernels = (): boolean => tf.getBackend() === 'wasm'
