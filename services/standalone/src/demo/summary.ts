import type { Track, TrackStage } from '@soundalike/contracts'
import { similarTracks } from '@soundalike/recommend'
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
  failures: { track: string; stage: string; code: string; reason: string }[]
  model: { id: string; architecture: string; backend: string; loss: number }
  recommendations: { track: TrackLine; similar: Neighbour[] }[]
}

const NEIGHBOURS = 10
const PAGE_TRACKS = 500

/**
 * Collects what came of the run: counts, failures, the live model, and ten neighbours of every track.
 *
 * @param seconds - wall time of each stage in this run
 */
export const summarise = async (
  house: House,
  seconds: Readonly<Record<string, number>>,
): Promise<Summary> => {
  const { catalog } = house.stores
  const live = await catalog.liveModel()
  if (live === null) throw new Error('no model is live')
  const { id, architecture, backend, loss } = live.manifest
  return {
    tracks: await catalog.countTracks(),
    stages: {
      ...(await trackStages(house, id, seconds)),
      train: { done: 1, failed: 0, skipped: 0, seconds: seconds['train'] ?? 0 },
    },
    failures: await allFailures(house),
    model: { id, architecture, backend, loss },
    recommendations: await recommendations(house),
  }
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

const allFailures = async ({ stores: { catalog } }: House): Promise<Summary['failures']> => {
  const all: Summary['failures'] = []
  let after: string | undefined
  for (;;) {
    const page = await catalog.failures({
      limit: PAGE_TRACKS,
      ...(after === undefined ? {} : { after }),
    })
    const tracks = await catalog.getTracks(page.map(({ trackId }) => trackId))
    for (const { trackId, stage, code, reason } of page) {
      all.push({ track: tracks.get(trackId)?.locator ?? trackId, stage, code, reason })
    }
    after = page.at(-1)?.cursor
    if (after === undefined) return all
  }
}

const recommendations = async ({ stores }: House): Promise<Summary['recommendations']> => {
  const { catalog, vectors } = stores
  const all: Summary['recommendations'] = []
  for (let offset = 0; ; offset += PAGE_TRACKS) {
    const { tracks } = await catalog.searchTracks({ query: '', limit: PAGE_TRACKS, offset })
    if (tracks.length === 0) return all
    for (const track of tracks) {
      const neighbours = await similarTracks(vectors, { trackId: track.id, limit: NEIGHBOURS })
      // A track that could not be analysed has no vector, and nothing to recommend.
      if (neighbours === null) continue
      const found = await catalog.getTracks(neighbours.map(({ trackId }) => trackId))
      const similar = neighbours.flatMap(({ trackId, similarity, axes }) => {
        const neighbour = found.get(trackId)
        return neighbour === undefined ? [] : [{ ...lineOf(neighbour), similarity, axes }]
      })
      all.push({ track: lineOf(track), similar })
    }
  }
}

const lineOf = ({ id, title, artist, locator }: Track): TrackLine => ({
  id,
  title,
  artist,
  file: locator,
})

const SHOWN_FAILURES = 5

/** Prints how many tracks failed, and the first few of them. */
export const printFailures = ({ failures }: Summary, say: (line: string) => void): void => {
  if (failures.length === 0) return
  say(`\n${String(failures.length)} not taken:`)
  for (const { track, code, reason } of failures.slice(0, SHOWN_FAILURES)) {
    say(`  ${track}: ${reason} [${code}]`)
  }
  if (failures.length > SHOWN_FAILURES) say('  … (all of them are in the summary of --json)')
}

const EXAMPLES = 3

/** Prints the neighbours of a few tracks, spread over the library. */
export const printNeighbours = (
  { recommendations }: Summary,
  say: (line: string) => void,
): void => {
  const step = Math.max(1, Math.floor(recommendations.length / EXAMPLES))
  for (const { track, similar } of recommendations
    .filter((_, i) => i % step === 0)
    .slice(0, EXAMPLES)) {
    say(`\n${nameOf(track)} sounds like`)
    say('  similarity   time  frequency')
    for (const neighbour of similar) {
      const { time, frequency } = neighbour.axes
      const figures = [neighbour.similarity, time, frequency].map((value) => value.toFixed(2))
      say(
        `  ${figures.map((text, i) => text.padStart([10, 7, 10][i] ?? 0)).join('')}  ${nameOf(neighbour)}`,
      )
    }
  }
}

const nameOf = ({ title, artist, file }: TrackLine): string =>
  artist === '' ? `${title} (${file})` : `${title} by ${artist}`
