/** How one fault went. */
export interface Row {
  readonly fault: string
  readonly stage: string
  /** Nothing lost, nothing doubled, nothing left over, and the installation said what was wrong. */
  readonly survived: boolean
  /** From the first track on its way until all was at rest and looked at. */
  readonly seconds: number
  readonly lost: number
  readonly doubled: number
  readonly notes: string
}

const sum = (rows: readonly Row[], of: 'lost' | 'doubled'): number =>
  rows.reduce((total, row) => total + row[of], 0)

/** What `--json` prints. */
export const summaryOf = (table: readonly Row[]) => ({
  faults: table.length,
  survived: table.filter(({ survived }) => survived).length,
  lost: sum(table, 'lost'),
  doubled: sum(table, 'doubled'),
  table,
})

/** The same for people. */
export const tableOf = (rows: readonly Row[]): string => {
  const cells = rows.map(({ fault, stage, survived, seconds, lost, doubled, notes }) => [
    fault,
    stage,
    survived ? 'yes' : 'NO',
    seconds.toFixed(0),
    String(lost),
    String(doubled),
    notes,
  ])
  const lines = [['fault', 'stage', 'survived', 'seconds', 'lost', 'doubled', 'notes'], ...cells]
  const widths = lines[0]?.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  )
  return lines
    .map((line) => line.map((cell, column) => cell.padEnd(widths?.[column] ?? 0)).join('  '))
    .map((line) => `${line.trimEnd()}\n`)
    .join('')
}
