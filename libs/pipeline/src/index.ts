export { coverageOf, type Coverage } from './coverage.ts'
export type { JobQueue, QueueBackend } from './backend.ts'
export type { JobProgress } from './job-progress.ts'
export type { FollowUp, Handler, HandlerJob, Remake } from './handler.ts'
export { createHousekeeping, type Housekeeping, type HousekeepingOptions } from './housekeeping.ts'
export { modelsInUse } from './models-in-use.ts'
export { metricNames, queuesOf, redisPrefix } from './names.ts'
export { decodePayload } from './payload.ts'
export { openPipeline, type Pipeline, type StageCounts } from './pipeline.ts'
export {
  createReconciler,
  maxWaiting,
  type ReconcileReport,
  type Reconciler,
  type ReconcilerOptions,
} from './reconciler.ts'
export { createStageRunner, type StageRunner, type StageRunnerOptions } from './runner.ts'
export { createStageService, type StageService, type StageServicePorts } from './stage-service.ts'
export { stages, type StageDefinition, type StagePayload, type StagePayloadInit } from './stages.ts'
