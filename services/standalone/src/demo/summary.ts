import type { Track, TrackStage } from '@soundalike/contracts'
import { similarTracks } from '@soundalike/recommend'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { House } from '../house.ts'

interface TrackLine {
  id: string
  title: string
  artist: string
  file: string
}

interface Neighbour extends TrackLine {
  /** Cosine, −1…1. */
  similarity: number
  axes: { time: number; frequency: number }
}

interface StageSummary {
  done: number
  failed: number
  skipped: number
  /** Wall time of this run. */
  seconds: number
}

/** What `--json` prints. */
export interface Summary {
  tracks: number
  stages: Record<string, StageSummary>
  failures: TrackFailureLine[]
  model: { id: string; architecture: string; backend: string; loss: number }
  recommendations: Recommendation[]
}

interface TrackFailureLine {
  track: string
  stage: string
  code: string
  reason: string
}

interface Recommendation {
  track: TrackLine
  similar: Neighbour[]
}

const NEIGHBOURS = 10
const PAGE_TRACKS = 500

/**
 * Writes the summary as one line of JSON, piece by piece: a large library's would not fit in one string.
 *
 * @param seconds - wall time of each stage in this run
 */
export const writeSummary = async (
  house: House,
  seconds: Readonly<Record<string, number>>,
  out: Writable,
): Promise<void> => {
  const pieces = async function* (): AsyncGenerator<string> {
    yield `${JSON.stringify(await withoutRecommendations(house, seconds)).slice(0, -1)},"recommendations":[`
    let separator = ''
    for await (const recommendation of recommendations(house)) {
      yield separator + JSON.stringify(recommendation)
      separator = ','
    }
    yield ']}\n'
  }
  await pipeline(pieces, out, { end: false })
}

const withoutRecommendations = async (
  house: House,
  seconds: Readonly<Record<string, number>>,
): Promise<Omit<Summary, 'recommendations'>> => {
  const { catalog } = house.stores
  const live = await catalog.liveModel()
  if (live === null) throw new Error('no model is live')
  const { id, architecture, backend, loss } = live.manifest
  return {
    tracks: await catalog.countTracks(),
    stages: {
      ...(await trackStages(house, id, seconds)),
      train: await trainStage(house, seconds['train'] ?? 0),
    },
    failures: await Array.fromAsync(failures(house)),
    model: { id, architecture, backend, loss },
  }
}

/** Counts models that were trained here: one from the box has no run. */
const trainStage = async (
  { stores: { catalog } }: House,
  seconds: number,
): Promise<StageSummary> => {
  const trained = (await catalog.models()).filter(({ manifest }) => manifest.runId !== '')
  return { done: trained.length, failed: 0, skipped: 0, seconds }
}

const trackStages = async (
  { stores: { catalog }, fingerprints }: House,
  modelId: string,
  seconds: Readonly<Record<string, number>>,
): Promise<Record<string, StageSummary>> => {
  const stages: [TrackStage, string][] = [
    ['scrape', fingerprints.scrape],
    ['transcode', fingerprints.transcode],
    ['spectrogram', fingerprints.spectrogram],
    ['embed', modelId],
  ]
  const counts = stages.map(async ([stage, fingerprint]) => {
    const { done, failed, skipped } = await catalog.stageCounts(stage, fingerprint)
    return [stage, { done, failed, skipped, seconds: seconds[stage] ?? 0 }] as const
  })
  return Object.fromEntries(await Promise.all(counts))
}

async function* failures({ stores: { catalog } }: House): AsyncGenerator<TrackFailureLine> {
  let after: string | undefined
  for (;;) {
    const page = await catalog.failures({
      limit: PAGE_TRACKS,
      ...(after === undefined ? {} : { after }),
    })
    const tracks = await catalog.getTracks(page.map(({ trackId }) => trackId))
    for (const { trackId, stage, code, reason } of page) {
      yield { track: tracks.get(trackId)?.locator ?? trackId, stage, code, reason }
    }
    after = page.at(-1)?.cursor
    if (after === undefined) return
  }
}

async function* recommendations(house: House): AsyncGenerator<Recommendation> {
  for (let offset = 0; ; offset += PAGE_TRACKS) {
    const page = await house.stores.catalog.searchTracks({ query: '', limit: PAGE_TRACKS, offset })
    if (page.tracks.length === 0) return
    for (const track of page.tracks) {
      const recommendation = await recommend(house, track)
      if (recommendation !== null) yield recommendation
    }
  }
}

/** @returns null for a track that could not be analysed: it has no vector, and nothing to recommend */
const recommend = async (
  { stores: { catalog, vectors } }: House,
  track: Track,
): Promise<Recommendation | null> => {
  const neighbours = await similarTracks(vectors, { trackId: track.id, limit: NEIGHBOURS })
  if (neighbours === null) return null
  const found = await catalog.getTracks(neighbours.map(({ trackId }) => trackId))
  const similar = neighbours.flatMap(({ trackId, similarity, axes }) => {
    const neighbour = found.get(trackId)
    return neighbour === undefined ? [] : [{ ...lineOf(neighbour), similarity, axes }]
  })
  return { track: lineOf(track), similar }
}

const lineOf = ({ id, title, artist, locator }: Track): TrackLine => ({
  id,
  title,
  artist,
  file: locator,
})

const EXAMPLES = 3

/** Prints the neighbours of a few tracks, spread over the library. */
export const printExamples = async (house: House, say: (line: string) => void): Promise<void> => {
  const { catalog } = house.stores
  const total = await catalog.countTracks()
  for (let example = 0; example < EXAMPLES; example++) {
    const offset = Math.floor((total * example) / EXAMPLES)
    const { tracks } = await catalog.searchTracks({ query: '', limit: 1, offset })
    const recommendation = tracks[0] && (await recommend(house, tracks[0]))
    if (recommendation) printRecommendation(recommendation, say)
  }
}

const COLUMN_WIDTHS = [10, 7, 10] as const

const printRecommendation = (
  { track, similar }: Recommendation,
  say: (line: string) => void,
): void => {
  say(`\n${nameOf(track)} sounds like`)
  say('  similarity   time  frequency')
  for (const neighbour of similar) {
    const { time, frequency } = neighbour.axes
    const figures = [neighbour.similarity, time, frequency]
      .map((value, column) => value.toFixed(2).padStart(COLUMN_WIDTHS[column] ?? 0))
      .join('')
    say(`  ${figures}  ${nameOf(neighbour)}`)
  }
}

const nameOf = ({ title, artist, file }: TrackLine): string =>
  artist === '' ? `${title} (${file})` : `${title} by ${artist}`

const SHOWN_FAILURES = 5

/** Prints the first few tracks that failed, and why. */
export const printFailures = async (house: House, say: (line: string) => void): Promise<void> => {
  let shown = 0
  for await (const { track, code, reason } of failures(house)) {
    if (shown === 0) say('\nNot taken:')
    if (shown === SHOWN_FAILURES) {
      say('  … and more; --json lists all of them')
      return
    }
    say(`  ${track}: ${reason} [${code}]`)
    shown += 1
  }
}
