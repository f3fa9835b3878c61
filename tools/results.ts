import { readFile } from 'node:fs/promises'

/** What came of a number of tests. */
export interface Tally {
  passed: number
  failed: number
  skipped: number
  /** One line for each suite that was skipped, with its reason. */
  skippedSuites: string[]
}

export const nothing: Tally = { passed: 0, failed: 0, skipped: 0, skippedSuites: [] }

/** The part of Jest's `--json` report that is read here. */
interface JestReport {
  numPassedTests: number
  numFailedTests: number
  numRuntimeErrorTestSuites: number
  testResults: {
    assertionResults: { status: string; ancestorTitles: string[]; title: string }[]
  }[]
}

/**
 * Reads the report of one project. A report that is not there means the runner itself fell over, and a
 * suite that could not be loaded has no tests to count: each counts as one failure.
 */
export const readReport = async (project: string, file: string): Promise<Tally> => {
  const text = await readFile(file, 'utf8').catch(() => null)
  if (text === null) return { ...nothing, failed: 1 }
  const report = JSON.parse(text) as JestReport
  const skipped = report.testResults
    .flatMap((suite) => suite.assertionResults)
    .filter(({ status }) => status === 'pending')
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
    skipped: skipped.length,
    skippedSuites: skipped.map(
      ({ ancestorTitles, title }) => `${project}: ${[...ancestorTitles, title].join(' › ')}`,
    ),
  }
}

/** All of them together. */
export const sum = (tallies: readonly Tally[]): Tally => ({
  passed: tallies.reduce((total, tally) => total + tally.passed, 0),
  failed: tallies.reduce((total, tally) => total + tally.failed, 0),
  skipped: tallies.reduce((total, tally) => total + tally.skipped, 0),
  skippedSuites: tallies.flatMap((tally) => tally.skippedSuites),
})

/** The line a run closes with, e.g. `412 passed, 0 failed, 3 skipped`. */
export const closingLine = ({ passed, failed, skipped }: Tally): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
