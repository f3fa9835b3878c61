import { describe, expect, it } from '@jest/globals'
import { Failure } from '../src/index.ts'

const codeOf = (error: unknown) => Failure.from(error).code
const withCode = (code: string) => Object.assign(new Error('x'), { code })

describe('anything thrown, as a failure', () => {
  it('stays what it is when it is one', () => {
    const failure = new Failure('silent', 'no sound')
    expect(Failure.from(failure)).toBe(failure)
  })

  it.each(['08006', '57P01', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE'])(
    'is unavailable with code %s',
    (code) => {
      expect(codeOf(withCode(code))).toBe('unavailable')
    },
  )

  it.each(['Connection terminated unexpectedly', 'Connection is closed.'])(
    'is unavailable when a client says: %s',
    (message) => {
      expect(codeOf(new Error(message))).toBe('unavailable')
    },
  )

  it.each([withCode('23503'), withCode('ENOENT'), new Error('x'), 'text', null, undefined])(
    'is internal else: %s',
    (error) => {
      expect(codeOf(error)).toBe('internal')
    },
  )
})
