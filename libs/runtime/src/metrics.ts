import { collectDefaultMetrics, Registry } from 'prom-client'

/** Prometheus registry of one process. Parts register their own metrics on it. */
export type Metrics = Registry

/** A registry that already carries the process's own figures (memory, event loop, garbage collection). */
export const createMetrics = (service: string): Metrics => {
  const registry = new Registry()
  registry.setDefaultLabels({ service })
  collectDefaultMetrics({ register: registry })
  return registry
}
