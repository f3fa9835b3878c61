import type { StageName } from '@soundalike/contracts'
import type { Config, Service } from '@soundalike/runtime'
import type { Handler, Remake } from './handler.ts'
import type { ProcessorOptions } from './processor.ts'
import { createStageRunner } from './runner.ts'

/** What every service that runs a stage is given. */
export interface StageServicePorts extends Pick<
  ProcessorOptions<StageName>,
  'pipeline' | 'catalog' | 'log' | 'metrics'
> {
  readonly config: Pick<Config, 'CONCURRENCY' | 'STOP_TIMEOUT_SECONDS'>
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
  const runner = createStageRunner({
    stage,
    handler,
    pipeline,
    catalog,
    log,
    metrics,
    ...(remake === undefined ? {} : { remake }),
    ...(concurrency === undefined ? {} : { concurrency }),
  })
  return {
    start: () => runner.start(),
    stop: () => runner.stop({ timeoutMs: stopTimeoutSeconds * 1000 }),
    heartbeatAgeMs: () => runner.heartbeatAgeMs(),
  }
}
