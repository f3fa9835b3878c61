export type {
  Catalog,
  Cursor,
  DoneQuery,
  FailureQuery,
  ForgetQuery,
  Lease,
  ModelRow,
  ModelStatus,
  PendingQuery,
  StageCounts,
  StageState,
  TrackFailure,
  TrackPage,
  TrackQuery,
} from './catalog.ts'
export { openCatalog } from './open-catalog.ts'
