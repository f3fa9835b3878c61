export { openStores, type Stores } from './stores.ts'
export { serveWorkerHealth } from './worker-health.ts'
