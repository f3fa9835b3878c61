import { parentPort, workerData } from 'node:worker_threads'
import { architectureNamed } from '../architectures/index.ts'
import { openBackend } from '../backend.ts'
import { runTraining } from './loop.ts'
import type { FromRank, RankData, ToRank } from './messages.ts'

/* One of the threads that train together: answers with its backend, then waits for the order to train. */

const port = parentPort!
const { architecture, rank } = workerData as RankData

const send = (message: FromRank): void => port.postMessage(message)

const waiting = new Map<number, (images: readonly Uint8Array[]) => void>()
let requests = 0

const load = (indexes: readonly number[]): Promise<readonly Uint8Array[]> =>
  new Promise((resolve) => {
    requests += 1
    waiting.set(requests, resolve)
    send({ type: 'load', request: requests, indexes })
  })

port.on('message', (message: ToRank) => {
  if (message.type === 'images') {
    waiting.get(message.request)?.(message.images)
    waiting.delete(message.request)
    return
  }
  // A rejection ends the thread with its reason, which the thread that started it receives as an error event.
  void runTraining({
    architecture: architectureNamed(architecture),
    rank,
    order: message.order,
    load,
    send,
  })
})

send({ type: 'ready', backend: await openBackend() })
