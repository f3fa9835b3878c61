import { describe, expect, it } from '@jest/globals'
import { isHostAccepted, isLoopback } from '../src/index.ts'

describe('isLoopback', () => {
  it.each(['localhost', '127.0.0.1', '127.8.8.8', '::1'])('is %s', (host) => {
    expect(isLoopback(host)).toBe(true)
  })
  it.each(['0.0.0.0', '::', '192.0.2.1', 'localhost.example.org', '127.0.0.1.example.org', ''])(
    'is not %j',
    (host) => {
      expect(isLoopback(host)).toBe(false)
    },
  )
})

describe('isHostAccepted', () => {
  it.each(['localhost', 'LOCALHOST:8080', '127.0.0.1', '127.0.0.1:8080', '[::1]', '[::1]:8080'])(
    'on loopback: %s',
    (header) => {
      expect(isHostAccepted('127.0.0.1', header)).toBe(true)
    },
  )
  it.each([
    undefined,
    '',
    'rebound.example.org',
    'rebound.example.org:8080',
    'localhost.example.org',
    '192.0.2.1:8080',
    'localhost:8080@example.org',
    '[::1].example.org',
    '[::1',
  ])('not on loopback: %s', (header) => {
    expect(isHostAccepted('127.0.0.1', header)).toBe(false)
  })
  it('leaves a server on a network to be asked by any name', () => {
    expect(isHostAccepted('0.0.0.0', 'music.example.org')).toBe(true)
  })
})
