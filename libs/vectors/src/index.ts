export { openVectors } from './open-vectors.ts'
export type {
  Axes,
  NearTracks,
  NearVector,
  Neighbour,
  PayloadField,
  PayloadNames,
  SpaceInfo,
  VectorPayload,
  VectorPoint,
  VectorQuery,
  VectorStore,
} from './vector-store.ts'
