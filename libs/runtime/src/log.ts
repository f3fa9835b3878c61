import { pino, type Logger } from 'pino'
import type { Config } from './config.ts'

/** Structured log of the house (pino's). Fields carry units in their names, e.g. `durationMs`. */
export type Log = Logger

/**
 * Log of one process, as JSON lines on standard error: standard output belongs to what a command prints.
 *
 * @param name - the service, put on every line
 */
export const createLog = (name: string, config: Pick<Config, 'LOG_LEVEL'>): Log =>
  pino(
    { name, level: config.LOG_LEVEL, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: 2, sync: true }),
  )
