import { describe, expect, it } from '@jest/globals'
import { createBatcher } from '../src/batcher.ts'

const double = (batches: number[][]) => (items: number[]) => {
  batches.push(items)
  return Promise.resolve(items.map((item) => item * 2))
}

describe('createBatcher', () => {
  it('sends a full batch at once and the rest after a moment, each answer to its caller', async () => {
    const batches: number[][] = []
    const call = createBatcher(double(batches), { size: 3, waitMs: 5 })
    expect(await Promise.all([1, 2, 3, 4].map(call))).toEqual([2, 4, 6, 8])
    expect(batches).toEqual([[1, 2, 3], [4]])
  })

  it('tries a failed batch one by one, so that one bad item fails alone', async () => {
    const call = createBatcher(
      (items: number[]) =>
        items.includes(13) ? Promise.reject(new Error('bad')) : Promise.resolve(items),
      { size: 3, waitMs: 5 },
    )
    expect(await Promise.allSettled([1, 13, 2].map(call))).toMatchObject([
      { status: 'fulfilled', value: 1 },
      { status: 'rejected', reason: new Error('bad') },
      { status: 'fulfilled', value: 2 },
    ])
  })
})
