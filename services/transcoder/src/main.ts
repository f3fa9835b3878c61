import { createAudioPool, fingerprintsOf, presetNamed } from '@soundalike/audio'
import { decodeLimitsOf, openStores, serveWorkerHealth } from '@soundalike/ports'
import { runService } from '@soundalike/runtime'
import { openPreviewFiles, openSources } from '@soundalike/sources'
import { createTranscoderService } from './service.ts'

await runService('transcoder', async (context) => {
  const { config, onStop } = context
  const stores = await openStores(context)
  const audio = createAudioPool({ threads: config.CPU_THREADS })
  onStop('audio threads', () => audio.close())
  const preset = presetNamed(config.PRESET)
  const service = createTranscoderService({
    ...context,
    ...stores,
    sources: await openSources(config),
    previewFiles: await openPreviewFiles(config),
    audio,
    preset,
    melFingerprint: fingerprintsOf(preset).spectrogram,
    limits: decodeLimitsOf(config),
  })
  await serveWorkerHealth(context, stores, service)
  return service
})
