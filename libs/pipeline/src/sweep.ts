import type { Catalog } from '@soundalike/catalog'
import { failureKinds, type TrackStage } from '@soundalike/contracts'
import type { Log } from '@soundalike/runtime'
import type { Pipeline } from './pipeline.ts'

export interface SweepOptions {
  readonly catalog: Pick<Catalog, 'stageState' | 'model'>
  readonly pipeline: Pick<Pipeline, 'job'>
  /** The part of the blob store that lists and deletes. */
  readonly blobs: {
    list(prefix: string): AsyncIterable<{ readonly key: string; readonly modifiedAt: Date }>
    delete(key: string): Promise<void>
  }
  /** Of the outputs that are wanted now. */
  readonly fingerprints: { readonly transcode: string; readonly spectrogram: string }
  /**
   * Younger blobs are left alone: the catalog may not have heard of them yet.
   *
   * @defaultValue 3,600
   */
  readonly minAgeSeconds?: number
  readonly log: Log
}

/** Blobs that are looked up together. */
const PAGE_BLOBS = 500

const DAY_MS = 24 * 3600 * 1000

interface Kind {
  /** @param names - of the key, without the first */
  isWanted(...names: readonly string[]): Promise<boolean>
  /** What comes and goes anyway may all go; elsewhere that would mean that the catalog is another library's. */
  readonly mayAllGo: boolean
}

/**
 * Deletes blobs that nothing refers to, by what the catalog says: PCM whose mel image is there, or will never be; images,
 * bundles and maps that the catalog does not know; checkpoints of runs that are over.
 *
 * @returns how many
 */
export const sweepBlobs = async (options: SweepOptions, signal?: AbortSignal): Promise<number> => {
  const { blobs, log, minAgeSeconds = 3600 } = options
  const newestMs = Date.now() - minAgeSeconds * 1000
  let deleted = 0
  for (const [folder, { isWanted, mayAllGo }] of Object.entries(kindsOf(options))) {
    const wants = (key: string): Promise<boolean> => isWanted(...key.split('/').slice(1))
    const orphans: string[] = []
    let kept = 0
    for await (const page of pagesOf(blobs.list(`${folder}/`))) {
      signal?.throwIfAborted()
      await Promise.all(
        page.map(async ({ key, modifiedAt }) => {
          if (modifiedAt.getTime() > newestMs || (await wants(key))) kept += 1
          else orphans.push(key)
        }),
      )
    }
    if (!mayAllGo && orphans.length > kept) {
      log.error(
        { folder, orphans: orphans.length, kept },
        'most blobs belong to nothing, as if the catalog were of another library: none is deleted',
      )
      continue
    }
    for (const key of orphans) {
      signal?.throwIfAborted()
      // Looking at the others took a while.
      if (await wants(key)) continue
      await blobs.delete(key)
      deleted += 1
    }
  }
  if (deleted > 0) log.info({ deleted }, 'blobs that belonged to nothing are deleted')
  return deleted
}

const kindsOf = ({
  catalog,
  pipeline,
  fingerprints,
}: SweepOptions): Readonly<Record<string, Kind>> => {
  const isDone = async (trackId: string, stage: TrackStage, fingerprint: string) =>
    (await catalog.stageState(trackId, stage, fingerprint))?.state === 'done'

  /** Whether a mel image may still be made of the PCM. A failure that may pass is over after a day, or never. */
  const isAwaited = async (trackId: string): Promise<boolean> => {
    const ended = await catalog.stageState(trackId, 'spectrogram', fingerprints.spectrogram)
    if (ended?.state !== 'failed' || ended.code === null) return ended === null
    const isFresh = Date.now() - ended.updatedAt.getTime() < DAY_MS
    return isFresh && !failureKinds[ended.code].permanent
  }

  return {
    pcm: {
      mayAllGo: true,
      isWanted: async (fingerprint = '', _, trackId = '') =>
        fingerprint === fingerprints.transcode &&
        (await isDone(trackId, 'transcode', fingerprint)) &&
        (await isAwaited(trackId)),
    },
    mel: {
      mayAllGo: false,
      isWanted: (fingerprint = '', _, trackId = '') => isDone(trackId, 'spectrogram', fingerprint),
    },
    models: {
      mayAllGo: false,
      isWanted: async (id = '') => (await catalog.model(id)) !== null,
    },
    maps: {
      mayAllGo: false,
      isWanted: async (space = '') => (await catalog.model(space)) !== null,
    },
    checkpoints: {
      mayAllGo: true,
      isWanted: async (name = '') => {
        const runId = name.replace(/\.(\d+|sample)$/, '')
        const state = (await pipeline.job('train', { runId }))?.state
        return state === 'waiting' || state === 'active'
      },
    },
  }
}

async function* pagesOf<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item[]> {
  let page: Item[] = []
  for await (const item of items) {
    page.push(item)
    if (page.length < PAGE_BLOBS) continue
    yield page
    page = []
  }
  if (page.length > 0) yield page
}
