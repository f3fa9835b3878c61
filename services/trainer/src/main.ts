import { fingerprintsOf, presetNamed } from '@soundalike/audio'
import { createReconciler } from '@soundalike/pipeline'
import { openStores, serveWorkerHealth } from '@soundalike/ports'
import { runService } from '@soundalike/runtime'
import { join } from 'node:path'
import { createTrainerService } from './service.ts'

await runService('trainer', async (context) => {
  const { config } = context
  const stores = await openStores(context)
  const service = createTrainerService({
    ...context,
    ...stores,
    reconciler: createReconciler({
      ...context,
      ...stores,
      fingerprints: fingerprintsOf(presetNamed(config.PRESET)),
      liveCoverage: config.LIVE_COVERAGE,
    }),
    preset: config.PRESET,
    maxTracks: config.TRAIN_SAMPLE_TRACKS,
    threads: config.CPU_THREADS,
    cache: { folder: join(config.DATA_DIR, 'cache'), maxBytes: config.TRAIN_CACHE_BYTES },
  })
  await serveWorkerHealth(context, stores, service)
  return service
})
