import { keys, type StageName } from '@soundalike/contracts'
import { untilReady } from '@soundalike/testkit'
import { setTimeout as sleep } from 'node:timers/promises'
import { activeJobs, untilActive, type Fault } from './fault.ts'
import { untilSettled } from './settle.ts'
import type { ServiceName } from './worker.ts'

const TRIES = 5

/** Ends every process of a service the moment one of them has a job of its stage in hand. */
export const kill = (stage: StageName, service: ServiceName): Fault => ({
  name: 'kill -9 of every worker',
  stage,
  blobsIn: 'folder',
  heard: true,
  strike: async ({ cluster, feed }) => {
    for (let tries = 0; tries < TRIES; tries++) {
      await feed()
      await untilActive(cluster, stage)
      await Promise.all(cluster.workersOf(service).map((worker) => worker.kill()))
      // With no worker left, what is in hand was in the hands of the dead.
      const orphaned = await activeJobs(cluster, stage)
      if (orphaned > 0) return [`${String(orphaned)} jobs in hand`]
    }
    throw new Error(`${stage} was never struck in the middle`)
  },
})

/** Ends the trainer once it has a checkpoint to go on from. */
export const killTrainer: Fault = {
  name: 'kill -9 of every worker',
  stage: 'train',
  blobsIn: 'folder',
  heard: true,
  strike: async ({ cluster, scale, feed }) => {
    await feed()
    await untilSettled(cluster, scale.settleMs)
    const { pipeline, catalog, blobs } = cluster.stores
    const runId = `chaos-${String(Date.now())}`
    await pipeline.enqueue('train', [
      {
        runId,
        fingerprint: cluster.fingerprints.spectrogram,
        architecture: 'two-axis-light',
        seed: 1,
        budgetSeconds: scale.trainSeconds,
      },
    ])
    const checkpoint = async () => {
      const kept = await Array.fromAsync(blobs.list(keys.trainingRun(runId)))
      if (kept.every(({ key }) => key === keys.trainingSample(runId)))
        throw new Error('no checkpoint yet')
    }
    await untilReady('a checkpoint', checkpoint, scale.settleMs)
    await Promise.all(cluster.workersOf('trainer').map((worker) => worker.kill()))
    const live = async () => {
      if ((await catalog.liveModel())?.manifest.runId !== runId) throw new Error('not live')
    }
    await untilReady('the model of the run that was cut off', live, scale.settleMs)
    return ['resumed from its checkpoint, and its model went live']
  },
}

/** Ends one process after the other, of any service, at any moment. */
export const killAtRandom: Fault = {
  name: 'kill -9 at random',
  stage: 'all',
  blobsIn: 'folder',
  // A process may have had nothing in hand that anybody would miss.
  heard: false,
  strike: async ({ cluster, scale, feed }) => {
    const killed = new Map<string, number>()
    for (let n = 0; n < scale.randomKills; n++) {
      if (n % 2 === 0) await feed()
      await sleep(500 + Math.random() * 2_500)
      const worker = cluster.workers[Math.floor(Math.random() * cluster.workers.length)]
      await worker?.kill()
      const name = worker?.service ?? ''
      killed.set(name, (killed.get(name) ?? 0) + 1)
    }
    return [[...killed].map(([name, times]) => `${name} ${String(times)}×`).join(', ')]
  },
}
