export { decodeLimitsOf } from './decode-limits.ts'
export { openStores, type Stores } from './stores.ts'
export { serveWorkerHealth } from './worker-health.ts'
