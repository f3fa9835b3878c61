import type { BlobStore } from '@soundalike/blobs'
import type { Lease } from '@soundalike/catalog'
import { keys } from '@soundalike/contracts'
import type { SampledTrack } from './sample.ts'

/**
 * What one training run leaves in the blobs until it has ended, for whichever trainer goes on with it: the tracks it learns
 * from, since the library may have grown meanwhile, and its newest checkpoint.
 */
export interface TrainingRun {
  /** The tracks it began with; those that `choose` chooses where it begins now. */
  sample(choose: () => Promise<SampledTrack[]>): Promise<SampledTrack[]>
  /** Has the next attempt choose its tracks anew. */
  forgetSample(): Promise<void>
  load(): Promise<Uint8Array | null>
  save(checkpoint: Uint8Array): Promise<void>
  /** Deletes everything. */
  clear(): Promise<void>
}

/**
 * A run as the holder of a lease sees it. A checkpoint is named for the token of the lease it was made under, so one that
 * comes late from an earlier holder takes nobody's place.
 */
export const openTrainingRun = (
  blobs: BlobStore,
  runId: string,
  { token }: Pick<Lease, 'token'>,
): TrainingRun => {
  const sampleKey = keys.trainingSample(runId)
  const prefix = keys.trainingRun(runId)

  /** Tokens of the checkpoints there are, the newest first. */
  const tokens = async (): Promise<number[]> => {
    const found = await Array.fromAsync(blobs.list(prefix), ({ key }) =>
      Number(key.slice(prefix.length)),
    )
    return found.filter(Number.isInteger).sort((a, b) => b - a)
  }

  return {
    sample: async (choose) => {
      const kept = await blobs.get(sampleKey)
      if (kept !== null) return JSON.parse(Buffer.from(kept).toString('utf8')) as SampledTrack[]
      const tracks = await choose()
      await blobs.put(sampleKey, Buffer.from(JSON.stringify(tracks)))
      return tracks
    },
    forgetSample: () => blobs.delete(sampleKey),
    load: async () => {
      const [newest] = await tokens()
      return newest === undefined ? null : blobs.get(keys.checkpoint(runId, newest))
    },
    save: async (checkpoint) => {
      await blobs.put(keys.checkpoint(runId, token), checkpoint)
      for (const earlier of await tokens())
        if (earlier < token) await blobs.delete(keys.checkpoint(runId, earlier))
    },
    clear: async () => {
      for await (const { key } of blobs.list(prefix)) await blobs.delete(key)
    },
  }
}
