import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type FailureCode, failureKinds } from '@soundalike/contracts'
import { expect, test } from '@jest/globals'
import { root } from '../run.ts'

const [, ...pieces] = readFileSync(join(root, 'docs/errors.md'), 'utf8').split(/^## /m)
const sections = new Map(pieces.map((piece) => [/^`([^`]+)`/.exec(piece)?.[1] ?? piece, piece]))
const codes = Object.keys(failureKinds) as FailureCode[]

test('the page has a section for every code, and no other', () => {
  expect([...sections.keys()].sort()).toEqual([...codes].sort())
})

test.each(codes)('the section of %s says its kind, its cause and its remedy', (code) => {
  const kind = failureKinds[code].permanent ? 'Permanent' : 'Transient'
  expect(sections.get(code)).toMatch(
    new RegExp(String.raw`^.*\n\n${kind}\.\n\n\*\*Cause\.\*\* \w[^]+\n\n\*\*Remedy\.\*\* \w`),
  )
})
