import { setTimeout as sleep } from 'node:timers/promises'
import type { Catalog } from '@soundalike/catalog'
import { scrapeFingerprint, type Track, type TrackStage } from '@soundalike/contracts'
import type { Log } from '@soundalike/runtime'
import { coverageOf } from './coverage.ts'
import type { Housekeeping } from './housekeeping.ts'
import { askForLostWalks } from './lost-walks.ts'
import { modelsInUse } from './models-in-use.ts'
import type { Pipeline } from './pipeline.ts'
import { createRepairs } from './repairs.ts'
import { createSecondChances } from './second-chances.ts'
import type { StagePayloadInit } from './stages.ts'
import { keepSweeping } from './sweep-loop.ts'
import { within } from './within.ts'

/** What one comparison of catalog and queues led to. */
export interface ReconcileReport {
  /** Jobs asked for by stage; those that were in their queue already are among them. */
  readonly enqueued: Readonly<Record<DerivedStage, number>>
  /** Tracks for which a stage runs again, since its output was gone. */
  readonly repaired: number
  /** Model that went live. */
  readonly promoted: string | null
  /** Models that are no longer kept. */
  readonly removed: readonly string[]
}

export interface Reconciler {
  /** Compares once; a call during a comparison waits for that one. */
  run(): Promise<ReconcileReport>
  /** Compares now and then at intervals. */
  start(intervalMs: number): void
  /** Ends with the comparison under way, or at the bound. */
  stop(options: { timeoutMs: number }): Promise<void>
}

export interface ReconcilerOptions {
  readonly pipeline: Pick<Pipeline, 'counts' | 'enqueue' | 'job'>
  readonly catalog: Catalog
  /** The part of the vector store that says how full a space is and which one answers searches. */
  readonly vectors: {
    count(space: string): Promise<number>
    live(): Promise<string | null>
    setLive(space: string): Promise<void>
  }
  /** Of the outputs that are wanted now. */
  readonly fingerprints: { readonly transcode: string; readonly spectrogram: string }
  /**
   * Share of the tracks with a mel image that a new space must hold before it goes live, 0…1. Those that cannot be
   * embedded do not count.
   *
   * @defaultValue 0.99
   */
  readonly liveCoverage?: number
  /**
   * How long a failure that may pass by itself is left alone before its stage runs again.
   *
   * @defaultValue 600
   */
  readonly retryAfterSeconds?: number
  /** Sources whose walks are asked for again when they are lost before their end. */
  readonly sourceIds?: readonly string[]
  /** Without it, models and blobs that nothing needs any more stay. */
  readonly housekeeping?: Housekeeping
  readonly log: Log
}

interface Output {
  readonly stage: TrackStage
  readonly fingerprint: string
}

type DerivedStage = 'transcode' | 'spectrogram' | 'embed'

const PAGE_TRACKS = 500

/** Comparisons of which one does not trust the sums. */
const LOOK_EVERY = 60

/** A stage with so many jobs waiting is not added to; what is missing then comes with a later comparison. */
export const maxWaiting = 10_000

/**
 * Derives from the catalog what is missing at every stage and sees to it that there is a job for it. The catalog
 * is the truth and the queues a hint, so a queue that is lost costs time and nothing else. Two at once add the
 * same jobs, which is to say each of them once.
 */
export const createReconciler = (options: ReconcilerOptions): Reconciler => {
  const { pipeline, catalog, vectors, fingerprints, housekeeping, log } = options
  const { liveCoverage = 0.99, retryAfterSeconds = 600 } = options
  const repairs = createRepairs(catalog, log)
  const secondChances = createSecondChances(catalog, log)

  const enqueueMissing = async <Stage extends DerivedStage>(
    stage: Stage,
    fingerprint: string,
    after: { stage: 'scrape' | 'transcode' | 'spectrogram'; fingerprint: string },
    toPayload: (track: Track) => StagePayloadInit<Stage>,
  ): Promise<number> => {
    const looksForItself = comparisons % LOOK_EVERY === 0
    if (!looksForItself && !(await isAnyMissing({ stage, fingerprint }, after))) return 0
    let asked = 0
    let afterId: string | undefined
    while ((await ahead(stage)) < maxWaiting) {
      const page = await catalog.pending({
        stage,
        fingerprint,
        after,
        limit: PAGE_TRACKS,
        ...(afterId === undefined ? {} : { afterId }),
      })
      await pipeline.enqueue(stage, page.map(toPayload))
      asked += page.length
      afterId = page.at(-1)?.id
      if (page.length < PAGE_TRACKS) break
    }
    return asked
  }

  /** Jobs that were put off are still to come. */
  const ahead = async (stage: DerivedStage): Promise<number> => {
    const { waiting, delayed } = await pipeline.counts(stage)
    return waiting + delayed
  }

  /**
   * Looking for what is missing walks every track, which is much where nothing is. The sums may agree by chance
   * where one track is made anew and another has an end without a beginning, so the first comparison looks for itself,
   * and one now and then.
   */
  let comparisons = 0
  const isAnyMissing = async (stage: Output, after: Output): Promise<boolean> => {
    const ready = await catalog.stageCounts(after.stage, after.fingerprint)
    const ended = await catalog.stageCounts(stage.stage, stage.fingerprint)
    return ready.done !== ended.done + ended.failed + ended.skipped
  }

  const scraped = { stage: 'scrape', fingerprint: scrapeFingerprint } as const
  const transcoded = { stage: 'transcode', fingerprint: fingerprints.transcode } as const
  const pictured = { stage: 'spectrogram', fingerprint: fingerprints.spectrogram } as const

  const reconcile = async (): Promise<ReconcileReport> => {
    await askForLostWalks(options, options.sourceIds ?? [])
    const models = modelsInUse(await catalog.models())
    let repaired = await repairs(pictured, transcoded)
    for (const { manifest } of models) {
      const image = { stage: 'spectrogram', fingerprint: manifest.fingerprint } as const
      repaired += await repairs({ stage: 'embed', fingerprint: manifest.id }, image)
    }

    const retried = await secondChances(retryAfterSeconds)
    if (retried > 0) log.info({ retried }, 'failures that may have passed are tried again')

    const enqueued = { transcode: 0, spectrogram: 0, embed: 0 }
    enqueued.transcode = await enqueueMissing(
      'transcode',
      fingerprints.transcode,
      scraped,
      ({ id, source }) => ({ trackId: id, source, fingerprint: fingerprints.transcode }),
    )
    enqueued.spectrogram = await enqueueMissing(
      'spectrogram',
      fingerprints.spectrogram,
      transcoded,
      ({ id }) => ({ trackId: id, fingerprint: fingerprints.spectrogram }),
    )
    for (const { manifest } of models) {
      const image = { stage: 'spectrogram', fingerprint: manifest.fingerprint } as const
      enqueued.embed += await enqueueMissing('embed', manifest.id, image, ({ id }) => ({
        trackId: id,
        modelId: manifest.id,
      }))
    }
    comparisons += 1
    const promoted = await promote()
    const removed = (await housekeeping?.pruneModels()) ?? []
    return { enqueued, repaired, promoted, removed }
  }

  /**
   * Space first, catalog second: dying in between, the next comparison does both again. Goes by what the catalog says
   * now, since the comparison may have taken long and another process may have moved the alias meanwhile.
   */
  const promote = async (): Promise<string | null> => {
    for (const { manifest, status } of modelsInUse(await catalog.models())) {
      if (status === 'live') {
        if ((await vectors.live()) !== manifest.id) await vectors.setLive(manifest.id)
        return null
      }
      const { share } = await coverageOf(catalog, vectors, manifest)
      // Asked again, since somebody may have put another model in its place meanwhile.
      const isFilling = async () => (await catalog.model(manifest.id))?.status === 'filling'
      if (share > 0 && share >= liveCoverage && (await isFilling())) {
        await vectors.setLive(manifest.id)
        await catalog.setLiveModel(manifest.id)
        log.info({ model: manifest.id }, 'model went live')
        return manifest.id
      }
    }
    return null
  }

  let running: Promise<ReconcileReport> | null = null
  const run = (): Promise<ReconcileReport> =>
    (running ??= reconcile().finally(() => {
      running = null
    }))

  const stopping = new AbortController()
  let loops: Promise<unknown> | null = null
  const keepRunning = async (intervalMs: number): Promise<void> => {
    while (!stopping.signal.aborted) {
      await run().then(
        (report) => {
          log.debug(report, 'catalog and queues compared')
        },
        (error: unknown) => {
          log.warn({ err: error }, 'catalog and queues could not be compared')
        },
      )
      await sleep(intervalMs, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }

  return {
    run,
    start: (intervalMs) => {
      loops ??= Promise.all([
        keepRunning(intervalMs),
        // Beside the comparisons, since it may take hours.
        housekeeping && keepSweeping({ catalog, housekeeping, log }, stopping.signal),
      ])
    },
    stop: async ({ timeoutMs }) => {
      stopping.abort()
      await within(timeoutMs, Promise.resolve(loops))
    },
  }
}
