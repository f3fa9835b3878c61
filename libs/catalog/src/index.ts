export type {
  Catalog,
  Cursor,
  DoneQuery,
  FailureQuery,
  ForgetQuery,
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
