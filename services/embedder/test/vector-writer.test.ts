import { expect, it } from '@jest/globals'
import type { VectorPoint } from '@soundalike/vectors'
import { createVectorWriter } from '../src/vector-writer.ts'

const point = (trackId: string): VectorPoint => ({
  trackId,
  vector: Float32Array.of(1, 0),
  payload: { source: 's', artist: 'a', album: 'b' },
})

/** A store whose requests are answered when the test says so. */
const slowStore = () => {
  const requests: { space: string; ids: string[]; answer: () => void }[] = []
  let arrived: () => void = () => undefined
  const upsert = (space: string, points: readonly VectorPoint[]) =>
    new Promise<void>((resolve) => {
      requests.push({ space, ids: points.map(({ trackId }) => trackId), answer: resolve })
      arrived()
    })
  /** Until so many requests have come. */
  const come = async (count: number) => {
    while (requests.length < count) await new Promise<void>((resolve) => (arrived = resolve))
    return requests[count - 1]
  }
  return { upsert, requests, come }
}

it('writes what comes together in one request for each space, and is done when the store has it', async () => {
  const store = slowStore()
  const write = createVectorWriter(store)
  const done: string[] = []
  const writing = ['a', 'b', 'c'].map(async (id) => {
    await write(id === 'c' ? 'other' : 'space', point(id))
    done.push(id)
  })
  await store.come(2)
  expect(store.requests.map(({ space, ids }) => [space, ids])).toEqual([
    ['space', ['a', 'b']],
    ['other', ['c']],
  ])
  expect(done).toEqual([])
  store.requests[1]?.answer()
  await writing[2]
  expect(done).toEqual(['c'])
  store.requests[0]?.answer()
  await Promise.all(writing)
})

it('gathers what comes while a request is under way', async () => {
  const store = slowStore()
  const write = createVectorWriter(store)
  const first = write('space', point('a'))
  const request = await store.come(1)
  const others = ['b', 'c', 'd'].map((id) => write('space', point(id)))
  request?.answer()
  await first
  expect((await store.come(2))?.ids).toEqual(['b', 'c', 'd'])
  store.requests[1]?.answer()
  await Promise.all(others)
})

it('fails for a point that is refused alone', async () => {
  const written: string[] = []
  const write = createVectorWriter({
    upsert: (_space, points) => {
      if (points.some(({ trackId }) => trackId === 'bad')) return Promise.reject(new Error('bad'))
      written.push(...points.map(({ trackId }) => trackId))
      return Promise.resolve()
    },
  })
  const outcomes = await Promise.allSettled(
    ['a', 'bad', 'c'].map((id) => write('space', point(id))),
  )
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(written.sort()).toEqual(['a', 'c'])
})
