import { availableParallelism } from 'node:os'
import { Piscina } from 'piscina'
import type { BackendName } from './backend.ts'
import type { ModelBundle } from './bundle.ts'
import type { EncoderData } from './encoder-thread.ts'

export interface Encoder {
  /** TensorFlow.js backend the vectors are made on. */
  readonly backend: BackendName
  /**
   * Vectors of tracks, in the order given.
   *
   * @param images - mel images of the preset the model was trained for, 128 bands × at least 128 columns
   * @returns 256 numbers each, the time half first, finished for comparison by cosine
   * @throws RangeError for bytes that are not such an image
   */
  encode(images: readonly Uint8Array[]): Promise<Float32Array[]>
  /** Mean squared error of each image's reconstructed crops, values in 0…1. */
  reconstructionErrors(images: readonly Uint8Array[]): Promise<number[]>
  /** Ends the threads; work in hand is finished first. */
  close(): Promise<void>
}

/** Images per task: a few hundred crops, so that threads share a large call and a task stays under a second. */
const imagesPerTask = 16

/**
 * Opens a model for encoding in worker threads, so that the event loop stays free.
 *
 * @param options.threads - at most this many on the WebAssembly backend, which uses one core each. @default cores
 */
export const openEncoder = async (
  bundle: ModelBundle,
  options: { readonly threads?: number } = {},
): Promise<Encoder> => {
  const shared = new Float32Array(new SharedArrayBuffer(bundle.weights.byteLength))
  shared.set(bundle.weights)
  const workerData: EncoderData = { architecture: bundle.manifest.architecture, weights: shared }
  const pool = new Piscina<readonly Uint8Array[]>({
    filename: new URL('./encoder-thread.ts', import.meta.url).href,
    name: 'encode',
    workerData,
    minThreads: 1,
    maxThreads: options.threads ?? availableParallelism(),
    idleTimeout: 60_000,
  })
  const backend = (await pool.run([], { name: 'backendName' })) as BackendName
  const inTasks = async (images: readonly Uint8Array[], name: string): Promise<unknown[]> => {
    const tasks = []
    for (let first = 0; first < images.length; first += imagesPerTask) {
      tasks.push(pool.run(images.slice(first, first + imagesPerTask), { name }))
    }
    return ((await Promise.all(tasks)) as unknown[][]).flat()
  }
  return {
    backend,
    encode: async (images) => (await inTasks(images, 'encode')) as Float32Array[],
    reconstructionErrors: async (images) => (await inTasks(images, 'reconstruct')) as number[],
    close: () => pool.close(),
  }
}
