/** What is stored beside a vector, for searches to filter and group by. */
export interface VectorPayload {
  readonly source: string
  readonly artist: string
  readonly album: string
}

export interface VectorPoint {
  readonly trackId: string
  readonly vector: Float32Array
  readonly payload: VectorPayload
}

export type PayloadField = keyof VectorPayload

/** Names by field, e.g. `{ artist: ['Somebody'] }`; 1…1,000 in a field, none of them empty. */
export type PayloadNames = { readonly [Field in PayloadField]?: readonly string[] }

/**
 * Which tracks a search may find. Conditions are data and never functions, so that an adapter can hand them to its
 * server.
 */
interface SearchConditions {
  /** 1…1,000. */
  readonly limit: number
  /** Tracks to leave out, at most 10,000. */
  readonly exclude?: readonly string[]
  /** Only tracks that have, in each of these fields, one of the names. */
  readonly only?: PayloadNames
  /** No track that has one of the names in its field. */
  readonly except?: PayloadNames
  /** At most so many tracks with the same name in a field; where a track's field is empty, it counts alone. */
  readonly cap?: { readonly field: PayloadField; readonly tracks: number }
}

/** Searches around a direction of one's own. */
export interface NearVector extends SearchConditions {
  readonly vector: Float32Array
  /**
   * Which cosine ranks: that of the whole vectors or that of one of their halves.
   *
   * @defaultValue 'whole'
   */
  readonly rankBy?: 'whole' | keyof Axes
}

/**
 * Searches around tracks: near to twice the mean of those liked less the mean of those disliked, over vectors of length
 * one (Qdrant's strategy `average_vector`). The examples are left out; those without a vector count for nothing, and
 * where nothing liked has one, nothing is found. At most 100 of each.
 */
export interface NearTracks extends SearchConditions {
  readonly like: readonly string[]
  readonly unlike?: readonly string[]
}

export type VectorQuery = NearVector | NearTracks

/** Cosines of the two halves of a vector, −1…1; 0 where a half is all zeros. */
export interface Axes {
  /** First half: what the branch that convolves along time makes of a track. */
  readonly time: number
  /** Second half: what the branch that convolves along frequency makes of it. */
  readonly frequency: number
}

export interface Neighbour {
  readonly trackId: string
  /** Cosine of the whole vectors, −1…1. */
  readonly similarity: number
  readonly axes: Axes
}

export interface SpaceInfo {
  readonly space: string
  /** Numbers in a vector. */
  readonly size: number
  /** Vectors in it. */
  readonly count: number
  readonly live: boolean
}

/**
 * Where the vectors live. A space holds the vectors one model made, one per track. Its name is made of letters,
 * digits, `.`, `_` and `-`, at most 128 of them; wherever a space is asked for, the alias `live` stands for the one that
 * answers searches, while writing takes names only.
 *
 * A vector that is not finite, is all zeros or has another length than its space throws Failure `bad-vector`; a space
 * that is not there, Failure `unknown-space`; a malformed name or a number out of range, RangeError.
 */
export interface VectorStore {
  /**
   * Makes a space; one that is there with the same size is fine.
   *
   * @param size - numbers in a vector: even, 2…4,096
   * @throws Failure `bad-vector` when it is there with another size
   */
  createSpace(space: string, size: number): Promise<void>

  /** Adds points, replacing those of the same tracks. None is written when one of the vectors is bad. */
  upsert(space: string, points: readonly VectorPoint[]): Promise<void>

  /** A track's vector, or null. Its direction is exact; its length need not be that of the one stored. */
  get(space: string, trackId: string): Promise<Float32Array | null>

  /**
   * The nearest by cosine, nearest first, ties in the order of their track ids. Sees every write that was finished before
   * it began, in whichever process.
   */
  search(space: string, query: VectorQuery): Promise<Neighbour[]>

  count(space: string): Promise<number>

  /** Removes points; tracks that have none are fine. */
  delete(space: string, trackIds: readonly string[]): Promise<void>

  /** Moves the alias `live` to a space, at once for every process. */
  setLive(space: string): Promise<void>

  /** Name of the live space, or null where there is none yet. */
  live(): Promise<string | null>

  /** All spaces, oldest first. */
  spaces(): Promise<SpaceInfo[]>

  /**
   * Removes a space and its vectors; one that is not there is fine.
   *
   * @throws RangeError when it is the live one
   */
  dropSpace(space: string): Promise<void>

  close(): Promise<void>
}
