import { Worker } from 'node:worker_threads'

/** Position in the plane, each coordinate −1…1. */
export type Position = [x: number, y: number]

/**
 * Lays vectors out in the plane by UMAP (McInnes, Healy and Melville 2018) over the cosine distance,
 * in a thread of its own.
 *
 * @returns one position per vector, in the same order; the same vectors give the same positions
 */
export const layOut = async (
  vectors: readonly Float32Array[],
  signal: AbortSignal,
): Promise<Position[]> => {
  const worker = new Worker(new URL('./layout-worker.ts', import.meta.url), { workerData: vectors })
  const abort = (): void => void worker.terminate()
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await new Promise((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
      worker.once('exit', (code) => {
        reject(new Error(`the layout thread ended with code ${String(code)}`))
      })
    })
  } finally {
    signal.removeEventListener('abort', abort)
    await worker.terminate()
  }
}
