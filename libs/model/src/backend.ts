import { createRequire } from 'node:module'
import { dirname, sep } from 'node:path'
import * as tf from '@tensorflow/tfjs'
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import { defineOperations } from './kernels/index.ts'

/** Packages that can do the arithmetic, best first. The native two are optional peers. */
const nativePackages = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const

export type BackendName = 'tfjs-node-gpu' | 'tfjs-node' | 'wasm'

/**
 * Environment variable that names the one backend to be used, so that tests and measurements can be run on each. All
 * threads see it.
 */
const choice = 'SOUNDALIKE_TFJS'

let opened: Promise<BackendName> | undefined

/**
 * Makes the best TensorFlow.js backend of this machine the current one of this thread:
 * tfjs-node-gpu, else tfjs-node, else WebAssembly. Opening again returns the same one.
 *
 * @returns its name, for logs and bundles
 * @throws Error when SOUNDALIKE_TFJS names one that cannot be opened here
 */
export const openBackend = (): Promise<BackendName> => (opened ??= open())

const open = async (): Promise<BackendName> => {
  const chosen = process.env[choice]
  for (const name of nativePackages) {
    const backend = name === nativePackages[0] ? 'tfjs-node-gpu' : 'tfjs-node'
    const isWanted = chosen === undefined || chosen === backend
    if (isWanted && (await opensNatively(name))) return backend
  }
  if (chosen !== undefined && chosen !== 'wasm') {
    throw new Error(`${choice} asks for ${chosen}, which is not installed or does not open here`)
  }
  await openWasm()
  return 'wasm'
}

const opensNatively = async (name: string): Promise<boolean> => {
  restoreRemovedUtilities()
  try {
    await import(name)
    return await tf.setBackend('tensorflow')
  } catch {
    // Not installed, or installed without its library: the next one in the list serves as well.
    return false
  }
}

const openWasm = async (): Promise<void> => {
  const main = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')
  setWasmPaths(dirname(main) + sep)
  // Emscripten's threads need web workers; the cores are used by worker threads of ours instead.
  setThreadsCount(1)
  await tf.setBackend('wasm')
  defineOperations()
}

/** tfjs-node 4.22.0 calls functions that Node 23 removed; the upstream fix was never released. */
const restoreRemovedUtilities = (): void => {
  const commonJsUtil = createRequire(import.meta.url)('node:util') as Record<string, unknown>
  commonJsUtil['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined
  commonJsUtil['isArray'] ??= Array.isArray
}
