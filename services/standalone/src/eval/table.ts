import type { Evaluation, Interval } from '@soundalike/model'

type Line = readonly [string, (evaluation: Evaluation) => Interval | undefined]

const lines: readonly Line[] = [
  ['same recording, hit@1', ({ sameRecording }) => sameRecording.hitAt1],
  ['same recording, hit@10', ({ sameRecording }) => sameRecording.hitAt10],
  ['same artist, mAP', ({ sameArtist }) => sameArtist.map],
  ['same artist, precision@10', ({ sameArtist }) => sameArtist.precisionAt10],
  ['same album, mAP', ({ sameAlbum }) => sameAlbum.map],
  ['same album, precision@10', ({ sameAlbum }) => sameAlbum.precisionAt10],
  ['hubness, skew', ({ hubness }) => hubness.skew],
  ['hubness, never retrieved', ({ hubness }) => hubness.neverRetrieved],
  ['effective rank', ({ effectiveRank }) => effectiveRank],
  ['alignment', ({ alignment }) => alignment],
  ['uniformity', ({ uniformity }) => uniformity],
  ['reconstruction MSE', ({ reconstructionMse }) => reconstructionMse],
]

/** Evaluations side by side: a line per figure, a column per name, 95 % intervals below each value. */
export const formatTable = (evaluations: Readonly<Record<string, Evaluation>>): string => {
  const all = Object.values(evaluations)
  const further = all.flatMap((evaluation) => [
    ...degradedLines(evaluation),
    ...labelLines(evaluation),
  ])
  const unique = new Map([...lines, ...further])
  const rows = [...unique].map(([name, figure]) => [name, ...all.map((one) => format(figure(one)))])
  return columnsOf([['', ...Object.keys(evaluations)], ...rows])
}

const degradedLines = ({ degraded }: Evaluation): Line[] =>
  Object.keys(degraded).flatMap((name): Line[] => [
    [`after ${name}, hit@1`, (evaluation) => evaluation.degraded[name]?.hitAt1],
    [`after ${name}, hit@10`, (evaluation) => evaluation.degraded[name]?.hitAt10],
  ])

const labelLines = ({ labels }: Evaluation): Line[] =>
  Object.keys(labels).flatMap((name): Line[] => [
    [`same ${name}, precision@10`, (evaluation) => evaluation.labels[name]?.precisionAt10],
    [
      `same ${name}, other artists`,
      (evaluation) => evaluation.labels[name]?.precisionAt10OtherArtists,
    ],
  ])

const format = (interval: Interval | undefined): string => {
  if (interval === undefined || Number.isNaN(interval.value)) return '–'
  const { value, low, high } = interval
  const digits = Math.abs(value) >= 10 ? 1 : Math.abs(value) < 0.1 ? 4 : 3
  return `${value.toFixed(digits)} [${low.toFixed(digits)}, ${high.toFixed(digits)}]`
}

const columnsOf = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  )
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
