import type { StageName } from '@soundalike/contracts'
import type { Log, Metrics } from '@soundalike/runtime'
import { Gauge } from 'prom-client'
import type { FetchLoop } from './fetch-loop.ts'
import { metricNames } from './names.ts'
import type { Pipeline } from './pipeline.ts'

interface BackPressureOptions {
  readonly pipeline: Pick<Pipeline, 'counts'>
  /** Whose workers hold back. */
  readonly stage: StageName
  /** Whose jobs they add. */
  readonly feeds: StageName
  /** Jobs of that stage that may wait. */
  readonly maxWaiting: number
  readonly loops: readonly Pick<FetchLoop, 'hold' | 'release'>[]
  readonly log: Log
  readonly metrics: Metrics
}

/** Keeps a worker from outrunning the stage after its own. */
export interface BackPressure {
  start(): void
  stop(): void
}

const CHECK_INTERVAL_MS = 1_000

/**
 * Has fetch loops hold back for as long as the stage they feed has too much waiting. Every replica looks for itself once a
 * second, so the bound is passed by what all of them do within that second, and what they have in hand.
 */
export const createBackPressure = (options: BackPressureOptions): BackPressure => {
  const { pipeline, stage, feeds, maxWaiting, loops, log } = options
  const gauge = holdingGauge(options.metrics)
  let holding = false
  let timer: NodeJS.Timeout | undefined
  let stopped = false

  const check = async (): Promise<void> => {
    const { waiting, delayed } = await pipeline.counts(feeds)
    if (stopped) return
    const full = waiting + delayed >= maxWaiting
    if (full !== holding)
      log.info({ feeds, waiting, delayed, maxWaiting }, full ? 'holding back' : 'going on')
    holding = full
    gauge.set({ stage }, full ? 1 : 0)
    // Each time anew: it is the sign of life of a loop that holds, and sets right one that missed it.
    await Promise.all(loops.map((loop) => (full ? loop.hold() : loop.release())))
  }

  const keepChecking = (): void => {
    void check()
      // Whatever keeps the queues is away, and with it all work: nothing changes until it is back.
      .catch((error: unknown) => {
        log.debug({ err: error, feeds }, 'the backlog cannot be told')
      })
      .finally(() => {
        if (!stopped) timer = setTimeout(keepChecking, CHECK_INTERVAL_MS)
      })
  }

  return {
    start: keepChecking,
    stop: () => {
      stopped = true
      clearTimeout(timer)
      gauge.remove({ stage })
    },
  }
}

const perRegistry = new WeakMap<Metrics, Gauge<'stage'>>()

const holdingGauge = (registry: Metrics): Gauge<'stage'> => {
  const known = perRegistry.get(registry)
  if (known !== undefined) return known
  const gauge = new Gauge({
    name: metricNames.holding,
    help: '1 while a worker takes no jobs since the stage after its own has too much waiting, else 0',
    labelNames: ['stage'] as const,
    registers: [registry],
  })
  perRegistry.set(registry, gauge)
  return gauge
}
