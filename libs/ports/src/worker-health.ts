import type { StageService } from '@soundalike/pipeline'
import { serveHealth, type ServiceContext } from '@soundalike/runtime'
import type { Stores } from './stores.ts'

/** A fetch loop that has not come round for this long is stuck; an idle one comes round every few seconds. */
const MAX_HEARTBEAT_AGE_MS = 60_000

interface HealthPorts {
  readonly database: Pick<Stores['database'], 'pool'>
  readonly pipeline: Pick<Stores['pipeline'], 'ping'>
}

/**
 * Serves health and metrics of a process that runs one worker: alive while its fetch loop comes round, ready while
 * its stores answer. A loop that cannot come round since the queues are away is none that a restart would help, and
 * when they are back it gets time to notice.
 *
 * @returns base address
 */
export const serveWorkerHealth = async (
  { config, log, metrics, onStop }: ServiceContext,
  { database, pipeline }: HealthPorts,
  service: Pick<StageService, 'heartbeatAgeMs'>,
): Promise<string> => {
  let awayAtMs = -Infinity
  const server = await serveHealth({
    host: config.HEALTH_HOST,
    port: config.HEALTH_PORT,
    metrics,
    live: async () => {
      const ageMs = service.heartbeatAgeMs()
      if (ageMs <= MAX_HEARTBEAT_AGE_MS) return
      await pipeline.ping().catch(() => {
        awayAtMs = performance.now()
      })
      if (performance.now() - awayAtMs <= MAX_HEARTBEAT_AGE_MS) return
      throw new Error(`the worker has not looked for work for ${String(Math.round(ageMs))} ms`)
    },
    ready: async () => {
      await database.pool.query('select 1')
      await pipeline.ping()
    },
  })
  onStop('health', () => server.stop())
  log.info({ url: server.url }, 'health')
  return server.url
}
