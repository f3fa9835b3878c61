import { stageNames } from '@soundalike/contracts'
import type { Log, Metrics } from '@soundalike/runtime'
import { Gauge } from 'prom-client'
import type { QueueBackend } from './backend.ts'
import { metricNames, queuesOf } from './names.ts'
import type { StageCounts } from './pipeline.ts'

const allQueues = stageNames.flatMap((stage) => queuesOf[stage].map((queue) => ({ stage, queue })))

/** Depth and age of every queue, looked up when the metrics are read. */
export const registerQueueMetrics = (
  registry: Metrics,
  backend: QueueBackend,
  countsOf: (queue: string) => Promise<StageCounts>,
  log: Log,
): void => {
  // Metrics of everything else must come out while the queues are away, and no figure of before as if it were of now.
  const none =
    (gauge: Gauge) =>
    (error: unknown): void => {
      gauge.reset()
      log.warn({ err: error }, 'no figures of the queues')
    }

  new Gauge({
    name: metricNames.queueJobs,
    help: 'Jobs in a queue, by state',
    labelNames: ['stage', 'queue', 'state'],
    registers: [registry],
    async collect() {
      const setAll = async (): Promise<void> => {
        for (const { stage, queue } of allQueues)
          for (const [state, jobs] of Object.entries(await countsOf(queue)))
            this.set({ stage, queue, state }, Number(jobs))
      }
      await setAll().catch(none(this))
    },
  })

  new Gauge({
    name: metricNames.oldestWaitingSeconds,
    help: 'Age of the job that waits longest in a queue; 0 when none waits',
    labelNames: ['stage', 'queue'],
    registers: [registry],
    async collect() {
      const setAll = async (): Promise<void> => {
        for (const { stage, queue } of allQueues) {
          const added = await backend.oldestWaiting(queue)
          const ageSeconds = added === null ? 0 : Math.max(0, Date.now() - added) / 1000
          this.set({ stage, queue }, ageSeconds)
        }
      }
      await setAll().catch(none(this))
    },
  })
}
