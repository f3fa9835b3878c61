import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { keepSweeping } from '../src/sweep-loop.ts'
import { openHouse, until, type House } from './house.ts'

describe('sweep loop', () => {
  let house: House
  let stopping: AbortController
  beforeEach(async () => {
    stopping = new AbortController()
    house = await openHouse({ databaseUrl: 'pglite:memory', queueUrl: 'database:' })
  })
  afterEach(() => house.close())

  /** Sweeps, and looks whether one is due, of processes that share a catalog. */
  const start = (processes: number, sweep: (signal?: AbortSignal) => Promise<number>) => {
    const looks = Array.from({ length: processes }, () => 0)
    const loops = looks.map((_, at) => {
      const takeLease: House['catalog']['takeLease'] = (...lease) => {
        looks[at] = (looks[at] ?? 0) + 1
        return house.catalog.takeLease(...lease)
      }
      const catalog = { ...house.catalog, takeLease }
      const options = { catalog, housekeeping: { sweep }, lookMs: 5, log: house.log }
      return keepSweeping(options, stopping.signal)
    })
    return { looks, stopped: Promise.all(loops) }
  }

  test('has one of many sweep, and not again before it is due', async () => {
    let sweeps = 0
    const { looks, stopped } = start(2, () => {
      sweeps += 1
      return Promise.resolve(0)
    })
    await until('three looks of each', () => looks.every((count) => count >= 3))
    stopping.abort()
    await stopped
    expect(sweeps).toBe(1)
  })

  test('leaves a sweep that was cut off to the next', async () => {
    const begun = Promise.withResolvers<void>()
    const { stopped } = start(1, (signal) => {
      begun.resolve()
      return new Promise((_, reject) => {
        signal?.addEventListener('abort', () => reject(new Error('cut off')))
      })
    })
    await begun.promise
    stopping.abort()
    await stopped
    expect(await house.catalog.takeLease('sweep', 60)).not.toBeNull()
  })
})
