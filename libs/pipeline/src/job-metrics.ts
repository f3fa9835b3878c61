import type { StageName } from '@soundalike/contracts'
import type { Metrics } from '@soundalike/runtime'
import { Counter, Histogram } from 'prom-client'
import { metricNames } from './names.ts'

/**
 * How an attempt at a job ended: `done`; `skipped`, since it was done before; `failed` for good; `retried`, to
 * be tried again; `rested`, since whatever it needs asks to be left alone; `returned` to its queue by a worker that
 * stops; `lost` with every worker that had it.
 */
export type Outcome = 'done' | 'skipped' | 'failed' | 'retried' | 'rested' | 'returned' | 'lost'

export interface JobMetrics {
  observe(stage: StageName, outcome: Outcome, seconds: number): void
}

const perRegistry = new WeakMap<Metrics, JobMetrics>()

/** Counts and times of the jobs of all stages that share a registry. */
export const jobMetrics = (registry: Metrics): JobMetrics => {
  const known = perRegistry.get(registry)
  if (known !== undefined) return known
  const labelNames = ['stage', 'outcome'] as const
  const registers = [registry]
  const jobs = new Counter({
    name: metricNames.jobs,
    help: 'Attempts at jobs, by how they ended',
    labelNames,
    registers,
  })
  const seconds = new Histogram({
    name: metricNames.jobSeconds,
    help: 'Duration of attempts at jobs, by how they ended',
    labelNames,
    registers,
    buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000, 10_000],
  })
  const metrics: JobMetrics = {
    observe: (stage, outcome, duration) => {
      jobs.inc({ stage, outcome })
      seconds.observe({ stage, outcome }, duration)
    },
  }
  perRegistry.set(registry, metrics)
  return metrics
}
