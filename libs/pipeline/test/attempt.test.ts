import { getEventListeners } from 'node:events'
import { expect, test } from '@jest/globals'
import { attempt } from '../src/attempt.ts'

const signalOf = async (work: () => Promise<void>, stop: AbortSignal): Promise<AbortSignal> => {
  const seen = Promise.withResolvers<AbortSignal>()
  await attempt(
    (signal) => {
      seen.resolve(signal)
      return work()
    },
    60_000,
    stop,
  ).catch(() => undefined)
  return seen.promise
}

test.each([
  ['succeeds', () => Promise.resolve()],
  ['fails', () => Promise.reject(new Error('no'))],
])('an attempt that %s leaves no listener behind', async (_how, work) => {
  const stop = new AbortController()
  const signal = await signalOf(work, stop.signal)
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('a worker that stops ends an attempt whose work takes no notice', async () => {
  const stop = new AbortController()
  const attempted = attempt(() => new Promise(() => undefined), 60_000, stop.signal)
  stop.abort(new Error('stopping'))
  await expect(attempted).rejects.toThrow('stopping')
  await expect(attempt(() => Promise.resolve(), 60_000, stop.signal)).rejects.toThrow('stopping')
})
