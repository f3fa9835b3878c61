/** A track as the gateway tells it. Every text may come from a stranger's tags: show it as text only. */
export interface Track {
  id: string
  source: string
  file: string
  title: string
  artist: string
  album: string
  isrc: string
  durationSeconds: number
  licence: string
  attribution: string
}

export interface TrackPage {
  tracks: Track[]
  total: number
  limit: number
  offset: number
}

/** Cosines, −1…1. */
export interface Similarity {
  track: Track
  similarity: number
  axes: { time: number; frequency: number }
}

export interface SimilarTracks {
  track: Track
  model: string
  similar: Similarity[]
}

export interface LibraryStatus {
  tracks: number
  stages: { stage: string; done: number; failed: number; skipped: number }[]
  model: { id: string; architecture: string; createdAt: string } | null
}

/** What the gateway answered instead: a code for programs, a message and a remedy for people. */
export class ApiError extends Error {
  readonly code: string
  readonly remedy: string

  constructor(code: string, message: string, remedy: string) {
    super(message)
    this.name = 'ApiError'
    this.code = code
    this.remedy = remedy
  }
}

/** One page of the tracks whose title, artist, album or file holds every word of the query. */
export const searchTracks = (
  search: { query: string; limit: number; offset: number },
  signal: AbortSignal,
): Promise<TrackPage> =>
  get(
    `/v1/tracks?${new URLSearchParams({
      query: search.query,
      limit: String(search.limit),
      offset: String(search.offset),
    })}`,
    signal,
  )

export const getTrack = (id: string, signal: AbortSignal): Promise<Track> =>
  get(`/v1/tracks/${encodeURIComponent(id)}`, signal)

export const getSimilar = (id: string, signal: AbortSignal): Promise<SimilarTracks> =>
  get(`/v1/tracks/${encodeURIComponent(id)}/similar?limit=10`, signal)

export const getStatus = (signal: AbortSignal): Promise<LibraryStatus> => get('/v1/status', signal)

export const previewUrl = (id: string): string => `/v1/tracks/${encodeURIComponent(id)}/preview`

export const spectrogramUrl = (id: string): string =>
  `/v1/tracks/${encodeURIComponent(id)}/spectrogram.png`

/** Drawn by the gateway on demand, with axes. */
export const pictureUrl = (id: string, kind: 'waveform' | 'composite'): string =>
  `/v1/tracks/${encodeURIComponent(id)}/pictures/${kind}`

const get = async <Answer>(url: string, signal: AbortSignal): Promise<Answer> => {
  const response = await fetch(url, { signal, headers: { accept: 'application/json' } }).catch(
    (error: unknown) => {
      if (signal.aborted) throw error
      throw new ApiError(
        'unreachable',
        'Soundalike does not answer.',
        'Check that it is running, then try again.',
      )
    },
  )
  if (response.ok) return (await response.json()) as Answer
  throw await problemOf(response)
}

const problemOf = async (response: Response): Promise<ApiError> => {
  try {
    const { error } = (await response.json()) as {
      error: { code: string; message: string; remedy: string }
    }
    return new ApiError(error.code, error.message, error.remedy)
  } catch {
    // A proxy in between answers in its own words.
    return new ApiError('unexpected', `The answer was HTTP ${response.status}.`, 'Try again.')
  }
}
