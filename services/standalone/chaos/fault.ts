import type { StageName } from '@soundalike/contracts'
import type { BlobsIn } from './blobs.ts'
import type { Cluster } from './cluster.ts'

/** How hard to try. */
export interface Scale {
  /** That each fault meets. */
  readonly tracks: number
  readonly randomKills: number
  readonly outageMs: number
  readonly vectorOutageMs: number
  readonly trainSeconds: number
  /** Longest wait for everything to be at rest after a fault. */
  readonly settleMs: number
}

/** What a fault strikes, with tracks on their way. */
export interface Scene {
  readonly cluster: Cluster
  readonly scale: Scale
  /** Sends more tracks on their way. */
  feed(): Promise<void>
}

export interface Fault {
  readonly name: string
  /** Stage it is aimed at. */
  readonly stage: StageName | 'all'
  readonly blobsIn: BlobsIn
  /** Whether the installation has to say that something is wrong. */
  readonly heard: boolean
  /** Why it cannot be had on this cluster; null where it can. */
  readonly missing?: (cluster: Cluster) => string | null
  /**
   * Feeds the scene and strikes; the fault is over when it returns.
   *
   * @returns what is worth knowing
   */
  readonly strike: (scene: Scene) => Promise<string[]>
}

/** A worker that is up takes no longer than this to begin. */
const BEGIN_MS = 120_000

/** How many jobs of a stage workers have in hand, alive or not. */
export const activeJobs = async ({ stores }: Cluster, stage: StageName): Promise<number> =>
  (await stores.pipeline.counts(stage)).active

/** Comes the moment a worker has a job of the stage in hand. */
export const untilActive = async (cluster: Cluster, stage: StageName): Promise<void> => {
  const deadline = performance.now() + BEGIN_MS
  while ((await activeJobs(cluster, stage)) === 0)
    if (performance.now() > deadline) throw new Error(`no ${stage} job was ever in hand`)
}
