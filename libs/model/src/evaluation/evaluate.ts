import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import type { Interval } from './bootstrap.ts'
import { bootstrap, bootstrapMean } from './bootstrap.ts'
import { averagePrecision, hitAt, occurrences, precisionAt, skewness } from './measures.ts'
import { rankAll, unitVectors } from './ranking.ts'

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

export interface Evaluation {
  /** The other segment of the query's recording. */
  readonly sameRecording: { readonly hitAt1: Interval; readonly hitAt10: Interval }
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
  /** Exponential of the entropy of the covariance's spectrum (Roy and Vetterli 2007), 1…256. */
  readonly effectiveRank: Interval
}

const depth = 10

/** The eigenvalues of a 256 × 256 matrix cost a tenth of a second. */
const rankResamples = 40

/**
 * Judges vectors by what should lie near what.
 *
 * @param vectors - one per preview, compared by cosine
 */
export const evaluateVectors = (
  vectors: readonly Float32Array[],
  previews: readonly EvaluatedPreview[],
): Evaluation => {
  const groups = groupByArtist(previews)
  const rankings = rankAll(vectors)
  const mean = (judge: (ranking: readonly number[], query: number) => number | null) =>
    bootstrapMean(groups, rankings.map(judge))
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
    sameRecording: {
      hitAt1: mean((ranking, query) => hitAt(ranking, sameRecording(previews, query), 1)),
      hitAt10: mean((ranking, query) => hitAt(ranking, sameRecording(previews, query), depth)),
    },
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
    effectiveRank: bootstrap(
      groups,
      (indexes) => effectiveRank(indexes.map((index) => vectors[index]!)),
      rankResamples,
    ),
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

const effectiveRank = (vectors: readonly Float32Array[]): number => {
  const unit = new Matrix(unitVectors(vectors).map((vector) => Array.from(vector)))
  const centred = unit.subRowVector(unit.mean('column'))
  const covariance = centred.transpose().mmul(centred)
  const { realEigenvalues } = new EigenvalueDecomposition(covariance, { assumeSymmetric: true })
  const positive = realEigenvalues.filter((value) => value > 0)
  const total = positive.reduce((sum, value) => sum + value, 0)
  const entropy = positive.reduce(
    (sum, value) => sum - (value / total) * Math.log(value / total),
    0,
  )
  return Math.exp(entropy)
}
