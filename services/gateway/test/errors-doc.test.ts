import { expect, test } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { problemKinds, type ProblemCode } from '../src/http/problems.ts'

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')
const part = page.split(/^## /m).find((text) => text.startsWith('Answers of the API\n'))
const [, ...pieces] = part?.split(/^### /m) ?? []
const sections = new Map(pieces.map((piece) => [/^`([^`]+)`/.exec(piece)?.[1] ?? piece, piece]))
const codes = Object.keys(problemKinds) as ProblemCode[]

test('the page has a section for every code of the API, and no other', () => {
  expect([...sections.keys()].sort()).toEqual([...codes].sort())
})

test.each(codes)('the section of %s says its status, its cause and its remedy', (code) => {
  const { status } = problemKinds[code]
  expect(sections.get(code)).toMatch(
    new RegExp(
      String.raw`^.*\n\nStatus ${String(status)}\.\n\n\*\*Cause\.\*\* \w[^]+\n\n\*\*Remedy\.\*\* \w`,
    ),
  )
})
