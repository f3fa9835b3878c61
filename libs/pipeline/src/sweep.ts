import type { Catalog } from '@soundalike/catalog'
import { failureKinds, type TrackStage } from '@soundalike/contracts'
import type { Log } from '@soundalike/runtime'
import { isJobIdPart } from './names.ts'
import type { Pipeline } from './pipeline.ts'

interface StoredBlob {
  readonly key: string
  readonly modifiedAt: Date
}

export interface SweepOptions {
  readonly catalog: Pick<Catalog, 'stageState' | 'model' | 'now'>
  readonly pipeline: Pick<Pipeline, 'job'>
  /** The part of the blob store that lists and deletes. */
  readonly blobs: {
    list(prefix: string): AsyncIterable<StoredBlob>
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

/** A run whose job is lost with its queue goes on where it was, for whoever asks for it again in this time. */
const RUN_PATIENCE_SECONDS = 7 * 24 * 3600

interface Kind {
  /** @param names - of the key, without the first */
  isWanted(...names: readonly string[]): Promise<boolean>
  /** What comes and goes anyway may all go; elsewhere that would mean that the catalog is another library's. */
  readonly mayAllGo: boolean
  /** Where younger ones are left alone than elsewhere. */
  readonly minAgeSeconds?: number
}

/**
 * Deletes blobs that nothing refers to, by what the catalog says: PCM whose mel image is there, or will never be; images,
 * bundles and maps that the catalog does not know; checkpoints of runs that are over.
 *
 * @returns how many
 */
export const sweepBlobs = async (options: SweepOptions, signal?: AbortSignal): Promise<number> => {
  const { catalog, blobs, log } = options
  const startedAtMs = await earliestNowMs(catalog)
  let deleted = 0
  for (const [folder, kind] of Object.entries(kindsOf(options))) {
    const minAgeSeconds = Math.max(options.minAgeSeconds ?? 3600, kind.minAgeSeconds ?? -Infinity)
    const newestMs = startedAtMs - minAgeSeconds * 1000
    const isOrphan = async ({ key, modifiedAt }: StoredBlob): Promise<boolean> =>
      modifiedAt.getTime() <= newestMs && !(await kind.isWanted(...key.split('/').slice(1)))
    const orphansByPage = async function* (): AsyncGenerator<{
      orphans: StoredBlob[]
      kept: number
    }> {
      for await (const page of pagesOf(blobs.list(`${folder}/`))) {
        signal?.throwIfAborted()
        const areOrphans = await Promise.all(page.map(isOrphan))
        const orphans = page.filter((_, at) => areOrphans[at])
        yield { orphans, kept: page.length - orphans.length }
      }
    }

    if (!kind.mayAllGo) {
      const total = { orphans: 0, kept: 0 }
      for await (const { orphans, kept } of orphansByPage()) {
        total.orphans += orphans.length
        total.kept += kept
      }
      if (total.orphans > total.kept) {
        log.error(
          { folder, ...total },
          'most blobs belong to nothing, as if the catalog were of another library: none is deleted',
        )
        continue
      }
    }
    for await (const { orphans } of orphansByPage()) {
      for (const { key } of orphans) {
        signal?.throwIfAborted()
        // Looking at the others took a while, in which it may have been written anew.
        const blob = await find(blobs, key)
        if (blob === null || !(await isOrphan(blob))) continue
        await blobs.delete(key)
        deleted += 1
      }
    }
  }
  if (deleted > 0) log.info({ deleted }, 'blobs that belonged to nothing are deleted')
  return deleted
}

/** By the slower of two clocks, since one that is ahead makes blobs look old that are only just written. */
const earliestNowMs = async (catalog: Pick<Catalog, 'now'>): Promise<number> =>
  Math.min(Date.now(), (await catalog.now()).getTime())

const find = async (blobs: SweepOptions['blobs'], key: string): Promise<StoredBlob | null> => {
  for await (const blob of blobs.list(key)) if (blob.key === key) return blob
  return null
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
      minAgeSeconds: RUN_PATIENCE_SECONDS,
      isWanted: async (name = '', ...more) => {
        if (more.length > 0 || !isJobIdPart(name)) return true
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
