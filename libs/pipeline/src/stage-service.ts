import type { StageName } from '@soundalike/contracts'
import type { Config, Service } from '@soundalike/runtime'
import type { Handler, Remake } from './handler.ts'
import type { ProcessorOptions } from './processor.ts'
import { createStageRunner, type StageRunner } from './runner.ts'

/** What every service that runs a stage is given. */
export interface StageServicePorts extends Pick<
  ProcessorOptions<StageName>,
  'pipeline' | 'catalog' | 'log' | 'metrics'
> {
  readonly config: Pick<
    Config,
    'CONCURRENCY' | 'STOP_TIMEOUT_SECONDS' | 'EXIT_WHEN_IDLE_SECONDS' | 'MAX_WAITING_PCM'
  >
}

/** A service that runs the jobs of one stage. */
export interface StageService extends Service {
  /** See the stage runner. */
  heartbeatAgeMs(): number
}

/** A service around a handler, as the configuration wants it. */
export const createStageService = <Stage extends StageName>(
  { config, pipeline, catalog, log, metrics }: StageServicePorts,
  stage: Stage,
  handler: Handler<Stage>,
  remake?: Remake<Stage>,
): StageService => {
  const { CONCURRENCY: concurrency, STOP_TIMEOUT_SECONDS: stopTimeoutSeconds } = config
  const idleSeconds = config.EXIT_WHEN_IDLE_SECONDS
  const runner = createStageRunner({
    stage,
    handler,
    pipeline,
    catalog,
    log,
    metrics,
    ...(remake === undefined ? {} : { remake }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(stage === 'transcode' ? { maxBacklog: config.MAX_WAITING_PCM } : {}),
  })
  return {
    start: () => runner.start(),
    stop: () => runner.stop({ timeoutMs: stopTimeoutSeconds * 1000 }),
    ...(idleSeconds === undefined ? {} : { finished: () => untilIdle(runner, idleSeconds) }),
    heartbeatAgeMs: () => runner.heartbeatAgeMs(),
  }
}

/** Comes once the runner has had nothing to do for so long. */
const untilIdle = (runner: StageRunner, idleSeconds: number): Promise<void> =>
  new Promise((resolve) => {
    const timer = setInterval(() => {
      if (runner.idleMs() < idleSeconds * 1000) return
      clearInterval(timer)
      resolve()
    }, 1000)
    timer.unref()
  })
