import type { Catalog } from '@soundalike/catalog'
import {
  createHousekeeping,
  createReconciler,
  createStageService,
  type HousekeepingOptions,
  type ReconcilerOptions,
  type StageService,
  type StageServicePorts,
} from '@soundalike/pipeline'
import type { Config } from '@soundalike/runtime'
import type { Sources } from '@soundalike/sources'
import { createScrapeHandler } from './scrape.ts'

export interface ScraperPorts extends StageServicePorts {
  config: Config
  sources: Sources
  catalog: Catalog
  blobs: HousekeepingOptions['blobs']
  vectors: ReconcilerOptions['vectors'] & HousekeepingOptions['vectors']
  fingerprints: ReconcilerOptions['fingerprints']
}

/**
 * Walks every source once at its start, or goes on with a walk that was interrupted; handles scrape jobs, keeps
 * queues in step with the catalog, and does away with what nothing needs any more.
 */
export const createScraperService = (ports: ScraperPorts): StageService => {
  const { config, pipeline, sources, fingerprints } = ports
  const scrape = createScrapeHandler({ ...ports, pcmFingerprint: fingerprints.transcode })
  const worker = createStageService(ports, 'scrape', scrape)
  const reconciler = createReconciler({
    ...ports,
    sourceIds: [...sources.keys()],
    liveCoverage: config.LIVE_COVERAGE,
    housekeeping: createHousekeeping({
      ...ports,
      keepPreviousModels: config.KEEP_PREVIOUS_MODELS,
    }),
  })
  return {
    ...worker,
    start: async () => {
      await worker.start()
      const walks = [...sources.keys()].map((source) => ({ source }))
      await pipeline.enqueue('scrape', walks)
      reconciler.start(config.RECONCILE_INTERVAL_SECONDS * 1000)
    },
    stop: async () => {
      const timeoutMs = config.STOP_TIMEOUT_SECONDS * 1000
      await Promise.all([reconciler.stop({ timeoutMs }), worker.stop()])
    },
  }
}
