import { describe, expect, it } from '@jest/globals'
import { fingerprintOf, isTrackId, sourceId, sourceKindOf, trackId } from '../src/index.ts'

describe('ids', () => {
  it('gives the same track the same id and another track another', () => {
    const source = sourceId('folder', '/music')
    expect(trackId(source, 'a.mp3')).toBe(trackId(source, 'a.mp3'))
    expect(trackId(source, 'a.mp3')).not.toBe(trackId(source, 'b.mp3'))
    expect(isTrackId(trackId(source, 'a.mp3'))).toBe(true)
    expect(isTrackId('../../etc/passwd')).toBe(false)
  })

  it('reads the kind back from a source id', () => {
    expect(sourceKindOf(sourceId('manifest', 'x'))).toBe('manifest')
    expect(() => sourceKindOf('tape-1')).toThrow(RangeError)
  })

  it('fingerprints parameters, not the order they are written in', () => {
    expect(fingerprintOf({ a: 1, b: { c: 2, d: [3] } })).toBe(
      fingerprintOf({ b: { d: [3], c: 2 }, a: 1 }),
    )
    expect(fingerprintOf({ a: 1 })).not.toBe(fingerprintOf({ a: 2 }))
  })
})
