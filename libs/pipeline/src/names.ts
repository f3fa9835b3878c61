import { Failure, sourceKindOf, sourceKinds, type StageName } from '@soundalike/contracts'

/**
 * Before every key in Redis. The braces put all of them into one slot of a cluster, as BullMQ needs it.
 * On PostgreSQL the schema does the same duty.
 */
export const redisPrefix = '{soundalike}'

/** Every queue of a stage. Rate limits are per queue, so what reads from outside has one per kind of source. */
export const queuesOf: { readonly [Stage in StageName]: readonly string[] } = {
  scrape: ['scrape'],
  transcode: sourceKinds.map((kind) => `transcode-${kind}`),
  spectrogram: ['spectrogram'],
  embed: ['embed'],
  train: ['train'],
  map: ['map'],
}

/**
 * Transcode queue of one source.
 *
 * @throws Failure `bad-job` when the text is not a source id
 */
export const transcodeQueueOf = (source: string): string => {
  try {
    return `transcode-${sourceKindOf(source)}`
  } catch (error) {
    throw new Failure('bad-job', `${JSON.stringify(source)} is not a source`, { cause: error })
  }
}

/**
 * Job id: the same work always gets the same one, so that it is in its queue once at most.
 *
 * @param parts - ids and fingerprints: letters, digits, dots, dashes and underscores, 80 characters at most
 * @throws Failure `bad-job` when a part is empty or of another form
 */
export const jobId = (stage: StageName, ...parts: readonly string[]): string => {
  for (const part of parts) {
    if (!isJobIdPart(part))
      throw new Failure(
        'bad-job',
        `${JSON.stringify(part.slice(0, 100))} cannot name a ${stage} job`,
      )
  }
  return [stage, ...parts].join('-')
}

/** Whether a text can be a part of a job id. */
export const isJobIdPart = (text: string): boolean => /^[\w.-]{1,80}$/.test(text)

/** Prometheus metrics, by what they measure. */
export const metricNames = {
  /** Counter by `stage` and `outcome`. */
  jobs: 'soundalike_jobs_total',
  /** Histogram by `stage` and `outcome`. */
  jobSeconds: 'soundalike_job_seconds',
  /** Gauge by `stage`, `queue` and `state`. */
  queueJobs: 'soundalike_queue_jobs',
  /** Gauge by `stage` and `queue`; 0 when nothing waits. */
  oldestWaitingSeconds: 'soundalike_queue_oldest_waiting_seconds',
  /** Gauge by `stage`. */
  holding: 'soundalike_holding_back',
} as const
