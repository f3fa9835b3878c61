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
  /** Comes once there is nothing left to do, where the service is one that ends; its process ends with it then. */
  finished?(): Promise<void>
}

/** What a service is given at its start. */
export interface ServiceContext {
  config: Config
  log: Log
  metrics: Metrics
  /** Registers something to be closed when the process stops; last registered, first closed. */
  onStop(name: string, stop: () => Promise<void>): void
}

interface RunningProcess {
  context: ServiceContext
  /** Aborted when a signal has come and stores are about to close. */
  interrupted: AbortSignal
  /** Runs every registered stop, once, in order and bounded. */
  stop(): Promise<void>
}

const STOP_MARGIN_SECONDS = 10

/**
 * Reads the configuration and sets up log, metrics and an ordered stop. SIGINT and SIGTERM stop the
 * process and end it with 128 and the signal's number, as shells expect; a second one ends it at once.
 * Wrong configuration ends it with 2.
 *
 * @param overrides - what a command line says, over what the environment says
 */
export const openProcess = (
  name: string,
  overrides: Readonly<Record<string, string | undefined>> = {},
): RunningProcess => {
  const config = configOrExit(name, overrides)
  const log = createLog(name, config)
  // A service waits STOP_TIMEOUT_SECONDS for its jobs, and a few more for its connections; the step outlasts both.
  const shutdown = createShutdown(log, (config.STOP_TIMEOUT_SECONDS + STOP_MARGIN_SECONDS) * 1000)

  const interruption = new AbortController()

  const onSignal = (signal: 'SIGINT' | 'SIGTERM'): void => {
    log.info({ signal }, 'stopping')
    interruption.abort()
    const end = (): never => process.exit(128 + constants.signals[signal])
    process.once(signal, end)
    void shutdown.run().then(end)
  }
  process.once('SIGINT', onSignal)
  process.once('SIGTERM', onSignal)

  return {
    context: {
      config,
      log,
      metrics: createMetrics(name),
      onStop: (part, stop) => {
        shutdown.add(part, stop)
      },
    },
    interrupted: interruption.signal,
    stop: () => shutdown.run(),
  }
}

const configOrExit = (
  name: string,
  overrides: Readonly<Record<string, string | undefined>>,
): Config => {
  try {
    return readConfig(overrides)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`${name}: ${error.message}\n`)
    process.exit(2)
  }
}

/**
 * Runs one service as this process until a signal comes or the service is finished; ends it with 1 when the start
 * fails.
 *
 * @param build - opens what the service needs and returns it, not yet started
 */
export const runService = async (
  name: string,
  build: (context: ServiceContext) => Promise<Service>,
): Promise<void> => {
  const { context, stop } = openProcess(name)
  try {
    const service = await build(context)
    context.onStop(name, () => service.stop())
    await service.start()
    context.log.info('started')
    if (service.finished === undefined) return
    await service.finished()
    context.log.info('finished')
    await stop()
    process.exit(0)
  } catch (error) {
    context.log.fatal({ err: error }, 'could not start')
    await stop()
    process.exit(1)
  }
}
