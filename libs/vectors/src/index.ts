export { openVectors } from './open-vectors.ts'
export type {
  Axes,
  Neighbour,
  SpaceInfo,
  VectorPayload,
  VectorPoint,
  VectorQuery,
  VectorStore,
} from './vector-store.ts'
