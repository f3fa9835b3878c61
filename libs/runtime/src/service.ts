import { constants } from 'node:os'
import { ConfigError, readConfig, type Config } from './config.ts'
import { createLog, type Log } from './log.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { createShutdown } from './shutdown.ts'

/** A part of the house that can be started and stopped, alone or with others in one process. */
export interface Service {
  start(): Promise<void>
  /** Bounded; safe to call more than once. */
  stop(): Promise<void>
}

/** What a service is given at its start. */
export interface ServiceContext {
  config: Config
  log: Log
  metrics: Metrics
  /** Registers something to be closed after the service has stopped; last opened, first closed. */
  onStop(name: string, stop: () => Promise<void>): void
}

/**
 * Runs one service as this process: reads the configuration, starts, and on SIGINT or SIGTERM stops
 * in order within a bound. Exits with 0 after a signal, 2 on wrong configuration, 1 when the start fails.
 *
 * @param build - opens what the service needs and returns it, not yet started
 */
export const runService = async (
  name: string,
  build: (context: ServiceContext) => Promise<Service>,
): Promise<void> => {
  let config: Config
  try {
    config = readConfig()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`${name}: ${error.message}\n`)
    process.exit(2)
  }
  const log = createLog(name, config)
  // A service waits this long for its jobs; the step around it must be able to outlast that.
  const shutdown = createShutdown(log, (config.STOP_TIMEOUT_SECONDS + 5) * 1000)

  const stop = (signal: 'SIGINT' | 'SIGTERM'): void => {
    log.info({ signal }, 'stopping')
    // A second signal means now.
    process.once(signal, () => process.exit(128 + constants.signals[signal]))
    void shutdown.run().then(() => process.exit(0))
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)

  try {
    const service = await build({
      config,
      log,
      metrics: createMetrics(name),
      onStop: (part, close) => {
        shutdown.add(part, close)
      },
    })
    shutdown.add(name, () => service.stop())
    await service.start()
    log.info('started')
  } catch (error) {
    log.fatal({ err: error }, 'could not start')
    await shutdown.run()
    process.exit(1)
  }
}
