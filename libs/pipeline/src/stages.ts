import { availableParallelism } from 'node:os'
import type { GenMessage } from '@bufbuild/protobuf/codegenv2'
import type { MessageInitShape } from '@bufbuild/protobuf'
import {
  EmbedJobSchema,
  MapJobSchema,
  ScrapeJobSchema,
  SpectrogramJobSchema,
  TrainJobSchema,
  TranscodeJobSchema,
  type EmbedJob,
  type MapJob,
  type ScrapeJob,
  type SpectrogramJob,
  type StageName,
  type TrackStage,
  type TrainJob,
  type TranscodeJob,
} from '@soundalike/contracts'
import { jobId, transcodeQueueOf } from './names.ts'

interface StageMessages {
  scrape: ScrapeJob
  transcode: TranscodeJob
  spectrogram: SpectrogramJob
  embed: EmbedJob
  train: TrainJob
  map: MapJob
}

/** What a job of a stage carries, as its handler gets it. */
export type StagePayload<Stage extends StageName> = StageMessages[Stage]

/** What a job of a stage carries, as its producer gives it: a message or a plain object. */
export type StagePayloadInit<Stage extends StageName> = MessageInitShape<
  StageDefinition<Stage>['schema']
>

/** Which row of the catalog says whether a job's work is done. */
export interface CatalogIdentity {
  readonly trackId: string
  readonly stage: TrackStage
  readonly fingerprint: string
}

/** Everything there is to know about a stage, save its handler. */
export interface StageDefinition<Stage extends StageName> {
  readonly schema: GenMessage<StageMessages[Stage]>
  /** @throws Failure `bad-job` */
  queueOf(payload: StageMessages[Stage]): string
  /** @throws Failure `bad-job` */
  jobId(payload: StageMessages[Stage]): string
  /** Null for work on the whole library, which leaves no state per track. */
  identity(payload: StageMessages[Stage]): CatalogIdentity | null
  /** How often a job is tried before a transient failure is recorded. */
  readonly attempts: number
  /** Longest wait before the second attempt; doubles for each one after. */
  readonly backoffMs: number
  /** Bound on one attempt. */
  timeoutMs(payload: StageMessages[Stage]): number
  /** Jobs one worker handles at once, for each queue of the stage. */
  readonly concurrency: number
  /** The stage whose jobs it adds as fast as it can, and how many of those may wait before its workers hold back. */
  readonly feeds: { readonly stage: StageName; readonly maxWaiting: number } | null
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const cores = availableParallelism()

/** The stage catalogue. A new stage is an entry here and a handler. */
export const stages: { readonly [Stage in StageName]: StageDefinition<Stage> } = {
  scrape: {
    schema: ScrapeJobSchema,
    queueOf: () => 'scrape',
    // One walk of a source at a time, since all of them share its cursor.
    jobId: ({ source }) => jobId('scrape', source),
    identity: () => null,
    attempts: 10,
    backoffMs: 5_000,
    // A walk saves its cursor as it goes, so the next attempt goes on where this one was cut off.
    timeoutMs: () => 6 * HOUR_MS,
    concurrency: 2,
    // The walk looks for itself.
    feeds: null,
  },
  transcode: {
    schema: TranscodeJobSchema,
    queueOf: ({ source }) => transcodeQueueOf(source),
    jobId: ({ trackId, fingerprint }) => jobId('transcode', trackId, fingerprint),
    identity: ({ trackId, fingerprint }) => ({ trackId, stage: 'transcode', fingerprint }),
    attempts: 5,
    backoffMs: 2_000,
    timeoutMs: () => 3 * MINUTE_MS,
    // One decoder process takes many previews: starting it costs more than decoding one of them.
    concurrency: cores * 16,
    // Each has its PCM waiting with it, 1.3 MB.
    feeds: { stage: 'spectrogram', maxWaiting: 2_000 },
  },
  spectrogram: {
    schema: SpectrogramJobSchema,
    queueOf: () => 'spectrogram',
    jobId: ({ trackId, fingerprint }) => jobId('spectrogram', trackId, fingerprint),
    identity: ({ trackId, fingerprint }) => ({ trackId, stage: 'spectrogram', fingerprint }),
    attempts: 5,
    backoffMs: 1_000,
    timeoutMs: () => 2 * MINUTE_MS,
    concurrency: cores * 2,
    // More than the reconciler adds: new tracks must not wait until everything is embedded with a new model.
    feeds: { stage: 'embed', maxWaiting: 50_000 },
  },
  embed: {
    schema: EmbedJobSchema,
    queueOf: () => 'embed',
    jobId: ({ trackId, modelId }) => jobId('embed', trackId, modelId),
    identity: ({ trackId, modelId }) => ({ trackId, stage: 'embed', fingerprint: modelId }),
    attempts: 5,
    backoffMs: 1_000,
    timeoutMs: () => 2 * MINUTE_MS,
    // Enough for the embedder to fill its batches.
    concurrency: 64,
    feeds: null,
  },
  train: {
    schema: TrainJobSchema,
    queueOf: () => 'train',
    jobId: ({ runId }) => jobId('train', runId),
    identity: () => null,
    attempts: 3,
    backoffMs: 10_000,
    // Beside learning, a run reads its sample and evaluates what it learned.
    timeoutMs: ({ budgetSeconds }) => budgetSeconds * 2_000 + HOUR_MS,
    concurrency: 1,
    feeds: null,
  },
  map: {
    schema: MapJobSchema,
    queueOf: () => 'map',
    jobId: ({ space, runId }) => jobId('map', space, runId),
    identity: () => null,
    attempts: 3,
    backoffMs: 10_000,
    timeoutMs: () => 6 * HOUR_MS,
    concurrency: 1,
    feeds: null,
  },
}
