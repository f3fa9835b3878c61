import type { Catalog } from '@soundalike/catalog'
import {
  failureKinds,
  scrapeFingerprint,
  stageNames,
  type FailureCode,
  type TrackStage,
} from '@soundalike/contracts'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from './cluster.ts'

/** A stage that tracks go through, for one fingerprint, and how many are to be done and to have failed in the end. */
interface Goal {
  readonly stage: TrackStage
  readonly fingerprint: string
  readonly done: number
  readonly failed: number
}

/** Where every track of the library is to end: in the space of every model in use, or with a failure that says why not. */
export const goalsOf = async ({ stores, library, fingerprints }: Cluster): Promise<Goal[]> => {
  const [good, bad] = [library.good.length, library.bad.length]
  const models = await modelsInUse(stores.catalog)
  return [
    { stage: 'scrape', fingerprint: scrapeFingerprint, done: good + bad, failed: 0 },
    { stage: 'transcode', fingerprint: fingerprints.transcode, done: good, failed: bad },
    { stage: 'spectrogram', fingerprint: fingerprints.spectrogram, done: good, failed: 0 },
    ...models.map((id) => ({ stage: 'embed' as const, fingerprint: id, done: good, failed: 0 })),
  ]
}

/** Ids of the models whose spaces are to be full. */
export const modelsInUse = async (catalog: Catalog): Promise<string[]> =>
  (await catalog.models())
    .filter(({ status }) => status === 'live' || status === 'filling')
    .map(({ manifest }) => manifest.id)

const POLL_MS = 250

/**
 * Waits until there is nothing left to do. Where stages failed for a reason that is over, and all else is done, does
 * what an operator would: has them tried again.
 *
 * @returns how many stages were
 * @throws Error that says what is left when the time is over
 */
export const untilSettled = async (cluster: Cluster, timeoutMs: number): Promise<number> => {
  const deadline = performance.now() + timeoutMs
  let retried = 0
  for (;;) {
    const left = await whatIsLeft(cluster).catch((error: unknown) => String(error))
    if (left === null) return retried
    if (performance.now() > deadline) throw new Error(left)
    if (left === ONLY_FAILURES) {
      for (const code of await codesOf(cluster.stores.catalog)) retried += await cluster.retry(code)
    }
    await sleep(POLL_MS)
  }
}

/** Of failures that trying again may help. */
const codesOf = async (catalog: Catalog): Promise<Set<FailureCode>> => {
  const failures = await catalog.failures({ limit: 1_000 })
  return new Set(failures.map(({ code }) => code).filter((code) => !failureKinds[code].permanent))
}

const ONLY_FAILURES = 'some tracks failed for a reason that may be over'

/** Null when there is nothing. */
const whatIsLeft = async (cluster: Cluster): Promise<string | null> => {
  const { catalog, pipeline } = cluster.stores
  for (const stage of stageNames) {
    const { waiting, active, delayed } = await pipeline.counts(stage)
    if (waiting + active + delayed > 0) {
      const jobs = `${String(waiting)} waiting, ${String(active)} active, ${String(delayed)} delayed`
      return `${stage} jobs are left: ${jobs}`
    }
  }
  for (const { stage, fingerprint, done, failed } of await goalsOf(cluster)) {
    const counts = await catalog.stageCounts(stage, fingerprint)
    if (counts.done >= done && counts.failed >= failed) continue
    if (counts.failed > failed) return ONLY_FAILURES
    return `${stage}: ${String(counts.done)} of ${String(done)} done, ${String(counts.failed)} failed`
  }
  return null
}
