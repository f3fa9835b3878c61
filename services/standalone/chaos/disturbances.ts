import { createReconciler } from '@soundalike/pipeline'
import { createLog } from '@soundalike/runtime'
import { setTimeout as sleep } from 'node:timers/promises'
import { untilActive, type Fault } from './fault.ts'
import { jobsDone } from './jobs-done.ts'
import { untilSettled } from './settle.ts'
import type { ServiceName } from './worker.ts'

/** Two more beside those of the scrapers, without a pause. No track may go through a stage twice. */
export const manyReconcilers: Fault = {
  name: 'two reconcilers at once',
  stage: 'all',
  blobsIn: 'folder',
  heard: false,
  strike: async ({ cluster, scale, feed }) => {
    const log = createLog('chaos', { LOG_LEVEL: 'silent' })
    const { stores, fingerprints, library } = cluster
    const reconcilers = [1, 2].map(() => createReconciler({ ...stores, fingerprints, log }))
    const [before, tracks] = [await jobsDone(cluster), library.good.length]
    await feed()
    const settled = new AbortController()
    let rounds = 0
    const compare = async (): Promise<void> => {
      for (; !settled.signal.aborted; rounds++)
        await Promise.all(reconcilers.map((one) => one.run()))
    }
    const settling = untilSettled(cluster, scale.settleMs).finally(() => settled.abort())
    await Promise.all([settling, compare()])
    const added = library.good.length - tracks
    for (const [stage, done] of await jobsDone(cluster)) {
      const again = done - (before.get(stage) ?? 0) - added
      if (again > 0) throw new Error(`${String(again)} tracks went through ${stage} twice`)
    }
    return [`beside the two of the scrapers, two that compared ${String(rounds)} times each`]
  },
}

/** Longer than a job stays with a worker that shows no sign of life. */
const FREEZE_MS = 45_000
const THAW_MS = 5_000

/** They go on with jobs that others have done meanwhile. */
export const frozen: Fault = {
  name: 'processes frozen and thawed',
  stage: 'all',
  blobsIn: 'folder',
  heard: true,
  strike: async ({ cluster, feed }) => {
    await feed()
    await untilActive(cluster, 'transcode')
    const one = (service: ServiceName) => cluster.workersOf(service).slice(0, 1)
    const victims = [
      ...one('scraper'),
      ...one('transcoder'),
      ...one('spectrogram'),
      ...one('embedder'),
    ]
    await Promise.all(victims.map((worker) => worker.freeze(FREEZE_MS)))
    // Nobody knows of what they had in hand; they go on with it all the same.
    await sleep(THAW_MS)
    return [`one of each for ${String(FREEZE_MS / 1000)} s, while others took their jobs over`]
  },
}

const JUMP_MS = 2 * 3_600_000

/** Processes disagree on the time by hours. */
export const clockJumps: Fault = {
  name: 'clock jumps',
  stage: 'all',
  blobsIn: 'folder',
  heard: false,
  strike: async ({ cluster, feed }) => {
    const setClocks = (offsets: readonly number[]): void =>
      cluster.workers.forEach((worker, place) =>
        worker.setClock(offsets[place % offsets.length] ?? 0),
      )
    await feed()
    await untilActive(cluster, 'transcode')
    setClocks([JUMP_MS, 0])
    await sleep(2_000)
    await feed()
    await untilActive(cluster, 'spectrogram')
    setClocks([-JUMP_MS, JUMP_MS])
    await sleep(2_000)
    setClocks([0])
    return ['every other process two hours ahead, then two hours behind']
  },
}
