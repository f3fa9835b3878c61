import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { Failure } from '@soundalike/contracts'
import type { BackendName } from '../backend.ts'
import type { CheckpointNumbers, Standing } from './checkpoint.ts'
import type { ImageSource } from './image-cache.ts'
import { createImageCache } from './image-cache.ts'
import type {
  Epoch,
  FromRank,
  RankData,
  ToRank,
  TrainingOrder,
  TrainingResult,
} from './messages.ts'
import { requestStop } from './shared-state.ts'

/** Threads that train together. */
interface Ranks extends AsyncDisposable {
  readonly workers: readonly Worker[]
  readonly backend: BackendName
  run(options: {
    order: TrainingOrder
    images: ImageSource
    signal: AbortSignal | undefined
    onEpoch(epoch: Epoch): void
    /** Settles once it is kept, or a newer one is. */
    onCheckpoint(standing: Standing, numbers: CheckpointNumbers): Promise<void>
  }): Promise<TrainingResult>
}

/**
 * Starts one thread, asks which backend it found, and starts the others where the backend uses one core only. A thread
 * that fails at whatever moment fails what is waited for, or else the next run.
 */
export const startRanks = async (architecture: string, threads?: number): Promise<Ranks> => {
  const workers: Worker[] = []
  const { promise: failed, reject: fail } = Promise.withResolvers<never>()
  // Nobody may be waiting yet, which is no reason to end the process.
  failed.catch(() => undefined)
  const start = async (rank: number): Promise<BackendName> => {
    const data: RankData = { architecture, rank }
    const worker = new Worker(new URL('./rank.ts', import.meta.url), { workerData: data })
    workers.push(worker)
    worker.on('error', fail)
    const ready = new Promise<BackendName>((resolve) => {
      worker.once('message', (message: FromRank) => {
        if (message.type === 'ready') resolve(message.backend)
      })
    })
    return Promise.race([ready, failed])
  }
  const stop = async () => {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
  try {
    const backend = await start(0)
    const wanted = backend === 'wasm' ? rankCount(threads ?? availableParallelism()) : 1
    await Promise.all(Array.from({ length: wanted - 1 }, (_, other) => start(other + 1)))
    return {
      workers,
      backend,
      run: (options) => runRanks(workers, failed, options),
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** A power of two, so that every batch divides into equal parts. */
const rankCount = (threads: number): number =>
  2 ** Math.floor(Math.log2(Math.min(8, Math.max(1, threads))))

const runRanks = async (
  workers: readonly Worker[],
  failed: Promise<never>,
  { order, images, signal, onEpoch, onCheckpoint }: Parameters<Ranks['run']>[0],
): ReturnType<Ranks['run']> => {
  // Here and not before: nothing is waited for between this and the listener.
  signal?.throwIfAborted()
  const cache = createImageCache(images)
  const { promise: aborted, reject: abort } = Promise.withResolvers<never>()
  const onAbort = () => {
    requestStop(order.state)
    abort(signal?.reason)
  }
  signal?.addEventListener('abort', onAbort, { once: true })

  let saving = Promise.resolve()
  const follow = (worker: Worker): Promise<TrainingResult | null> =>
    new Promise((resolve, reject) => {
      worker.on('message', (message: FromRank) => {
        if (message.type === 'load') {
          const { request } = message
          cache.getAll(message.indexes).then((loaded) => {
            worker.postMessage({ type: 'images', request, images: loaded } satisfies ToRank)
          }, reject)
        } else if (message.type === 'epoch') onEpoch(message.epoch)
        else if (message.type === 'checkpoint') {
          const { standing, numbers } = message
          saving = onCheckpoint(standing, numbers)
          saving.catch(reject)
        } else if (message.type === 'diverged') {
          reject(new Failure('diverged', `the loss was not a number at step ${message.step}`))
        } else if (message.type === 'done') resolve(message.result)
      })
      worker.postMessage({ type: 'train', order } satisfies ToRank)
    })

  try {
    const [result] = await Promise.race([Promise.all(workers.map(follow)), aborted, failed])
    await saving
    if (!result) throw new Failure('internal', 'training ended without a model')
    return result
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}
