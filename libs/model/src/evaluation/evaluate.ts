import type { Interval } from './bootstrap.ts'
import { bootstrap, bootstrapMean } from './bootstrap.ts'
import { alignments, effectiveRank, uniformity } from './geometry.ts'
import { jackknife } from './jackknife.ts'
import { averagePrecision, hitAt, occurrences, precisionAt, skewness } from './measures.ts'
import { rankAll } from './ranking.ts'

/** What is known of one preview of a test set. Empty where it is not known. */
export interface EvaluatedPreview {
  readonly recording: string
  readonly artist: string
  readonly album: string
  /** Further labels by name, e.g. genre. */
  readonly labels: Readonly<Record<string, string>>
}

interface Retrieval {
  readonly map: Interval
  readonly precisionAt10: Interval
}

interface Hits {
  readonly hitAt1: Interval
  readonly hitAt10: Interval
}

export interface Evaluation {
  /** The other segments of the query's recording. */
  readonly sameRecording: Hits
  /** The same where the query has been through something, by name. */
  readonly degraded: Readonly<Record<string, Hits>>
  /** Other recordings of the query's artist; the query's own recording is out of the list. */
  readonly sameArtist: Retrieval
  readonly sameAlbum: Retrieval
  readonly labels: Readonly<
    Record<
      string,
      { readonly precisionAt10: Interval; readonly precisionAt10OtherArtists: Interval }
    >
  >
  readonly hubness: { readonly skew: Interval; readonly neverRetrieved: Interval }
  /** As `effectiveRank` of `geometry.ts`, 1…256. */
  readonly effectiveRank: Interval
  /** As `alignments` of `geometry.ts`, for segments of one recording. */
  readonly alignment: Interval
  /** As `uniformity` of `geometry.ts`. */
  readonly uniformity: Interval
  /** Mean squared error of reconstructed crops, values in 0…1; only where there is a decoder. */
  readonly reconstructionMse?: Interval
}

/** What an evaluation can look at beside the vectors themselves; one entry per preview everywhere. */
export interface FurtherEvidence {
  /** Vectors of degraded previews by name of the degradation. */
  readonly degraded?: Readonly<Record<string, readonly Float32Array[]>>
  /** Mean squared reconstruction error of each preview. */
  readonly reconstructionErrors?: readonly number[]
}

const depth = 10

/**
 * Judges vectors by what should lie near what.
 *
 * @param vectors - one per preview, compared by cosine
 */
export const evaluateVectors = (
  vectors: readonly Float32Array[],
  previews: readonly EvaluatedPreview[],
  { degraded = {}, reconstructionErrors }: FurtherEvidence = {},
): Evaluation => {
  const groups = groupByArtist(previews)
  const rankings = rankAll(vectors)
  const hits = (lists: readonly (readonly number[])[]): Hits => {
    const judge = (reach: number) =>
      bootstrapMean(
        groups,
        lists.map((ranking, query) => hitAt(ranking, sameRecording(previews, query), reach)),
      )
    return { hitAt1: judge(1), hitAt10: judge(depth) }
  }
  const geometry = (figure: (chosen: readonly Float32Array[]) => number) =>
    jackknife(groups, (indexes) => figure(indexes.map((index) => vectors[index]!)))
  const otherRecordings = rankings.map((ranking, query) =>
    ranking.filter((index) => previews[index]!.recording !== previews[query]!.recording),
  )
  const retrieval = (label: (preview: EvaluatedPreview) => string): Retrieval => {
    const judge = (measure: typeof averagePrecision | typeof precisionAt) =>
      bootstrapMean(
        groups,
        otherRecordings.map((ranking, query) => {
          const own = label(previews[query]!)
          return own === '' ? null : measure(ranking, (i) => label(previews[i]!) === own, depth)
        }),
      )
    return { map: judge(averagePrecision), precisionAt10: judge(precisionAt) }
  }
  const found = occurrences(rankings, depth)
  return {
    sameRecording: hits(rankings),
    degraded: Object.fromEntries(
      Object.entries(degraded).map(([name, queries]) => [name, hits(rankAll(vectors, queries))]),
    ),
    sameArtist: retrieval(({ artist }) => artist),
    sameAlbum: retrieval(({ album }) => album),
    labels: Object.fromEntries(
      labelNames(previews).map((name) => [
        name,
        judgeLabel(name, previews, otherRecordings, groups),
      ]),
    ),
    hubness: {
      skew: bootstrap(groups, (indexes) => skewness(indexes.map((index) => found[index]!))),
      neverRetrieved: bootstrapMean(
        groups,
        found.map((count) => (count === 0 ? 1 : 0)),
      ),
    },
    effectiveRank: geometry(effectiveRank),
    alignment: bootstrapMean(
      groups,
      alignments(vectors, (a, b) => previews[a]!.recording === previews[b]!.recording),
    ),
    uniformity: geometry(uniformity),
    ...(reconstructionErrors === undefined
      ? {}
      : { reconstructionMse: bootstrapMean(groups, reconstructionErrors) }),
  }
}

const sameRecording = (previews: readonly EvaluatedPreview[], query: number) => (index: number) =>
  previews[index]!.recording === previews[query]!.recording

/** A preview without an artist stands with the other segments of its recording. */
const groupByArtist = (previews: readonly EvaluatedPreview[]): number[][] => {
  const keyOf = ({ artist, recording }: EvaluatedPreview) =>
    artist === '' ? `recording ${recording}` : `artist ${artist}`
  const groups = Map.groupBy(previews.keys(), (index) => keyOf(previews[index]!))
  return [...groups.values()]
}

const labelNames = (previews: readonly EvaluatedPreview[]): string[] => [
  ...new Set(previews.flatMap(({ labels }) => Object.keys(labels))),
]

const judgeLabel = (
  name: string,
  previews: readonly EvaluatedPreview[],
  otherRecordings: readonly (readonly number[])[],
  groups: readonly (readonly number[])[],
) => {
  const label = (index: number) => previews[index]!.labels[name] ?? ''
  const judge = (keep: (query: number) => (index: number) => boolean) =>
    bootstrapMean(
      groups,
      otherRecordings.map((ranking, query) => {
        if (label(query) === '') return null
        return precisionAt(ranking.filter(keep(query)), (i) => label(i) === label(query), depth)
      }),
    )
  const isOtherArtist = (query: number) => (index: number) =>
    previews[query]!.artist === '' || previews[index]!.artist !== previews[query]!.artist
  return {
    precisionAt10: judge(() => () => true),
    precisionAt10OtherArtists: judge(isOtherArtist),
  }
}
