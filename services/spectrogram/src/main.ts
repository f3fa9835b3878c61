import { createAudioPool, fingerprintsOf, presetNamed } from '@soundalike/audio'
import { openStores, serveWorkerHealth } from '@soundalike/ports'
import { runService } from '@soundalike/runtime'
import { createSpectrogramService } from './service.ts'

await runService('spectrogram', async (context) => {
  const { config, onStop } = context
  const stores = await openStores(context)
  const audio = createAudioPool({ threads: config.CPU_THREADS })
  onStop('audio threads', () => audio.close())
  const preset = presetNamed(config.PRESET)
  const service = createSpectrogramService({
    ...context,
    ...stores,
    audio,
    preset,
    pcmFingerprint: fingerprintsOf(preset).transcode,
  })
  await serveWorkerHealth(context, stores, service)
  return service
})
