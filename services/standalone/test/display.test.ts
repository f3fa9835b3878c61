import { describe, expect, it } from '@jest/globals'
import { PassThrough } from 'node:stream'
import { createDisplay, type Display, type StageLine } from '../src/demo/display.ts'

/** A display on a stream that is no terminal, and what it has written so far. */
const open = (): { display: Display; written: () => string } => {
  const stream = Object.assign(new PassThrough(), { isTTY: false })
  const display = createDisplay(stream as unknown as NodeJS.WriteStream)
  return { display, written: () => String(stream.read() ?? '') }
}

const stage = (line: Partial<StageLine>): StageLine => ({
  name: 'transcode',
  done: 0,
  failed: 0,
  total: 0,
  ...line,
})

describe('display', () => {
  it.each([
    ['nothing known yet', stage({}), /  0 %  0\/0$/],
    ['half', stage({ done: 3, failed: 2, total: 10 }), / 50 %  3\/10, 2 failed$/],
    ['more done than was known of', stage({ done: 30, total: 10 }), /100 %  30\/30$/],
    ['nearly all', stage({ done: 999, total: 1000 }), / 99 %  999\/1000$/],
  ])('shows %s', (_name, line, expected) => {
    const { display, written } = open()
    display.show([line])
    expect(written().trimEnd()).toMatch(expected)
  })

  it('keeps what is said apart from what is drawn', () => {
    const { display, written } = open()
    display.say('hello')
    expect(written()).toBe('hello\n')
  })

  it('knows how long a stage moved', () => {
    const { display } = open()
    display.show([stage({ done: 1, total: 2 })])
    display.show([stage({ done: 2, total: 2 })])
    const { transcode } = display.seconds()
    expect(transcode).toBeGreaterThan(0)
    display.show([stage({ done: 2, total: 2 })])
    expect(display.seconds()['transcode']).toBe(transcode)
  })
})
