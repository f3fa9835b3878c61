import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type FailureCode, failureKinds } from '@soundalike/contracts'
import { expect, test } from '@jest/globals'
import { root } from '../run.ts'

const page = readFileSync(join(root, 'docs/errors.md'), 'utf8')
const part = page.split(/^## /m).find((text) => text.startsWith('Failures\n'))
const [, ...pieces] = part?.split(/^### /m) ?? []
const sections = new Map(pieces.map((piece) => [/^`([^`]+)`/.exec(piece)?.[1] ?? piece, piece]))
const codes = Object.keys(failureKinds) as FailureCode[]

test('the page has a section for every code of failed work, and no other', () => {
  expect([...sections.keys()].sort()).toEqual([...codes].sort())
})

test.each(codes)('the section of %s says its kind, its cause and its remedy', (code) => {
  const kind = failureKinds[code].permanent ? 'Permanent' : 'Transient'
  expect(sections.get(code)).toMatch(
    new RegExp(String.raw`^.*\n\n${kind}\.\n\n\*\*Cause\.\*\* \w[^]+\n\n\*\*Remedy\.\*\* \w`),
  )
})
