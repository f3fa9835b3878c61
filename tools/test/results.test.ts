import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { closingLine, nothing, readReport, sum } from '../results.ts'

const folder = mkdtempSync(join(tmpdir(), 'soundalike-results-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('a project that left no report counts as failed', async () => {
  expect(await readReport('catalog', join(folder, 'absent.json'))).toEqual({
    ...nothing,
    failed: 1,
  })
})

test('suites that could not be loaded count as failed, skipped ones are named with their reason', async () => {
  const file = join(folder, 'report.json')
  const assertionResults = [
    { status: 'passed', ancestorTitles: [], title: 'adds' },
    { status: 'pending', ancestorTitles: ['on a server'], title: 'skipped: none is here' },
  ]
  const report = { numPassedTests: 1, numFailedTests: 2, numRuntimeErrorTestSuites: 1 }
  writeFileSync(file, JSON.stringify({ ...report, testResults: [{ assertionResults }] }))
  expect(await readReport('catalog', file)).toEqual({
    passed: 1,
    failed: 3,
    skipped: 1,
    skippedSuites: ['catalog: on a server › skipped: none is here'],
  })
})

test('the closing line leaves out skipped tests where there are none', () => {
  const one = { ...nothing, passed: 1 }
  expect(closingLine(sum([one, one]))).toBe('2 passed, 0 failed')
  expect(closingLine({ ...one, failed: 2, skipped: 3 })).toBe('1 passed, 2 failed, 3 skipped')
})
