import { openStores, serveWorkerHealth } from '@soundalike/ports'
import { runService } from '@soundalike/runtime'
import { createCartographerService } from './service.ts'

await runService('cartographer', async (context) => {
  const stores = await openStores(context)
  const service = createCartographerService({ ...context, ...stores })
  await serveWorkerHealth(context, stores, service)
  return service
})
