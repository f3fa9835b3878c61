import type { TrainJob } from '@soundalike/contracts'
import { decodePayload, queuesOf } from '@soundalike/pipeline'
import type { Stores } from '@soundalike/ports'

/** Runs that are looked at, at most. */
const MOST = 100

/**
 * Training runs that were cut off before they had a model. Whoever starts the trainer next goes on with them, before it
 * begins another.
 */
export const unfinishedRuns = async ({
  catalog,
  pipeline,
}: Pick<Stores, 'catalog' | 'pipeline'>): Promise<TrainJob[]> => {
  const trained = new Set((await catalog.models()).map(({ manifest }) => manifest.runId))
  const runs: TrainJob[] = []
  for (const name of queuesOf.train) {
    const queue = pipeline.backend.openQueue(name)
    try {
      const ids = await queue.getRanges(
        ['active', 'waiting', 'prioritized', 'delayed'],
        0,
        MOST - 1,
      )
      for (const id of ids) {
        const job = await queue.getJob(id)
        if (job !== undefined) runs.push(decodePayload('train', job.data))
      }
    } finally {
      await queue.close()
    }
  }
  return runs.filter(({ runId }) => !trained.has(runId))
}

/** Whether a run is what is asked for, so that it need not begin again. */
export const isSameRun = (run: TrainJob, asked: Omit<TrainJob, '$typeName' | 'runId'>): boolean =>
  run.fingerprint === asked.fingerprint &&
  run.architecture === asked.architecture &&
  run.seed === asked.seed &&
  run.budgetSeconds === asked.budgetSeconds &&
  run.startFrom === asked.startFrom
