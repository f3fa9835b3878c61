import { expect, it } from '@jest/globals'
import { Failure, fileFailure } from '../src/index.ts'

const thrown = (code: string) => Object.assign(new Error(`${code}: as the system says`), { code })

it.each([
  ['ENOENT', 'no-preview'],
  ['ENOTDIR', 'no-preview'],
  ['EISDIR', 'not-a-file'],
  ['ENXIO', 'not-a-file'],
  ['EACCES', 'forbidden'],
  ['EPERM', 'forbidden'],
  ['EMFILE', 'unavailable'],
  ['ENFILE', 'unavailable'],
  ['EIO', 'unavailable'],
  ['ENOSPC', 'unavailable'],
  ['ESTALE', 'unavailable'],
])('%s of a preview’s file is %s', (code, failure) => {
  expect(fileFailure(thrown(code))).toMatchObject({ code: failure, message: thrown(code).message })
})

it('a failure stays what it is, and what the system does not number is not foreseen', () => {
  const failure = new Failure('silent', 'no sound')
  expect(fileFailure(failure)).toBe(failure)
  expect(fileFailure(new Error('x')).code).toBe('internal')
})
