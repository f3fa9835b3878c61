import { createAudioPool, fingerprintsOf, presetNamed } from '@soundalike/audio'
import { decodeLimitsOf, openStores } from '@soundalike/ports'
import { runService } from '@soundalike/runtime'
import { openPreviewFiles, openSources } from '@soundalike/sources'
import { createGatewayService } from './service.ts'

await runService('gateway', async (context) => {
  const { config, onStop } = context
  const preset = presetNamed(config.PRESET)
  const audio = createAudioPool({ threads: 1 })
  onStop('audio threads', () => audio.close())
  return createGatewayService({
    ...context,
    ...(await openStores(context)),
    sources: await openSources(config),
    previewFiles: await openPreviewFiles(config),
    audio,
    decodeLimits: decodeLimitsOf(config),
    preset,
    fingerprints: fingerprintsOf(preset),
  })
})
