import { v5 } from 'uuid'

/** Made up once, so that the ids of this project's points are those of nobody else. */
const namespace = '6f0b4c1e-3f7e-4b35-9b0e-0c6c2f5d8a41'

/** The id of a track's point: Qdrant takes only numbers and UUIDs. The same track always gets the same one. */
export const pointId = (trackId: string): string => v5(trackId, namespace)
