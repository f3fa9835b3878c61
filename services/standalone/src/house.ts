import {
  createAudioPool,
  fingerprintsOf,
  presetNamed,
  type StageFingerprints,
} from '@soundalike/audio'
import { createCartographerService } from '@soundalike/cartographer'
import { createEmbedderService, createEncoders } from '@soundalike/embedder'
import { createGatewayService } from '@soundalike/gateway'
import { createReconciler, type Reconciler } from '@soundalike/pipeline'
import { decodeLimitsOf, openStores, type Stores } from '@soundalike/ports'
import type { Service, ServiceContext } from '@soundalike/runtime'
import { createScraperService } from '@soundalike/scraper'
import { openPreviewFiles, openSources, type Sources } from '@soundalike/sources'
import { createSpectrogramService } from '@soundalike/spectrogram'
import { createTrainerService } from '@soundalike/trainer'
import { createTranscoderService } from '@soundalike/transcoder'
import { join } from 'node:path'

/** All services of the house in this process, over one set of stores. */
export interface House {
  stores: Stores
  sources: Sources
  fingerprints: StageFingerprints
  reconciler: Reconciler
  /** Starts the workers. They stop when the context's shutdown runs. */
  startWorkers(): Promise<void>
  /** @returns address of the page and the API */
  startGateway(): Promise<string>
}

/** Opens everything; nothing runs yet. */
export const openHouse = async (context: ServiceContext): Promise<House> => {
  const { config, onStop } = context
  const stores = await openStores(context)
  const sources = await openSources(config)
  const previewFiles = await openPreviewFiles(config)
  const preset = presetNamed(config.PRESET)
  const fingerprints = fingerprintsOf(preset)
  const audio = createAudioPool({ threads: config.CPU_THREADS })
  onStop('audio threads', () => audio.close())
  const encoders = createEncoders({
    ...stores,
    fingerprint: fingerprints.spectrogram,
    threads: config.CPU_THREADS,
  })
  onStop('encoders', () => encoders.close())
  const decodeLimits = decodeLimitsOf(config)
  const shared = {
    ...context,
    ...stores,
    sources,
    previewFiles,
    audio,
    preset,
    encoders,
    fingerprints,
  }
  const reconciler = createReconciler({ ...shared, liveCoverage: config.LIVE_COVERAGE })
  const workers: Record<string, Service> = {
    cartographer: createCartographerService(shared),
    trainer: createTrainerService({
      ...shared,
      reconciler,
      preset: preset.name,
      maxTracks: config.TRAIN_SAMPLE_TRACKS,
      threads: config.CPU_THREADS,
      cache: { folder: join(config.DATA_DIR, 'cache'), maxBytes: config.TRAIN_CACHE_BYTES },
    }),
    embedder: createEmbedderService({ ...shared, melFingerprint: fingerprints.spectrogram }),
    spectrogram: createSpectrogramService({ ...shared, pcmFingerprint: fingerprints.transcode }),
    transcoder: createTranscoderService({
      ...shared,
      melFingerprint: fingerprints.spectrogram,
      limits: decodeLimits,
    }),
    scraper: createScraperService(shared),
  }
  const gateway = createGatewayService({ ...shared, decodeLimits })

  return {
    stores,
    sources,
    fingerprints,
    reconciler,
    startWorkers: async () => {
      for (const [name, worker] of Object.entries(workers)) {
        onStop(name, () => worker.stop())
        await worker.start()
      }
    },
    startGateway: async () => {
      onStop('gateway', () => gateway.stop())
      await gateway.start()
      return gateway.url()
    },
  }
}
