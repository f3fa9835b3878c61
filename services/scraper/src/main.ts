import { fingerprintsOf, presetNamed } from '@soundalike/audio'
import { openStores, serveWorkerHealth } from '@soundalike/ports'
import { runService } from '@soundalike/runtime'
import { openSources } from '@soundalike/sources'
import { createScraperService } from './service.ts'

await runService('scraper', async (context) => {
  const stores = await openStores(context)
  const service = createScraperService({
    ...context,
    ...stores,
    sources: await openSources(context.config),
    fingerprints: fingerprintsOf(presetNamed(context.config.PRESET)),
  })
  await serveWorkerHealth(context, stores, service)
  return service
})
