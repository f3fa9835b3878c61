import { fingerprintsOf, presetNamed } from '@soundalike/audio'
import { openStores, serveWorkerHealth } from '@soundalike/ports'
import { runService } from '@soundalike/runtime'
import { createEncoders } from './encoders.ts'
import { createEmbedderService } from './service.ts'

await runService('embedder', async (context) => {
  const { config, onStop } = context
  const stores = await openStores(context)
  const melFingerprint = fingerprintsOf(presetNamed(config.PRESET)).spectrogram
  const encoders = createEncoders({
    ...stores,
    fingerprint: melFingerprint,
    threads: config.CPU_THREADS,
  })
  onStop('encoders', () => encoders.close())
  const service = createEmbedderService({ ...context, ...stores, encoders, melFingerprint })
  await serveWorkerHealth(context, stores, service)
  return service
})
