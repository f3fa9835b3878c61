import { expect, test } from '@jest/globals'
import { gather } from '../src/index.ts'

test('calls of one turn share a statement, and so do those that come while it is under way', async () => {
  const statements: number[][] = []
  const first = Promise.withResolvers<void>()
  const double = gather(async (inputs: readonly number[]) => {
    statements.push([...inputs])
    if (statements.length === 1) await first.promise
    return inputs.map((input) => 2 * input)
  })
  const early = [double(1), double(2)]
  await new Promise((resolve) => setImmediate(resolve))
  const late = [double(3), double(4), double(5)]
  first.resolve()
  expect(await Promise.all([...early, ...late])).toEqual([2, 4, 6, 8, 10])
  expect(statements).toEqual([
    [1, 2],
    [3, 4, 5],
  ])
})

test('one that fails keeps no other from being served', async () => {
  const half = gather((inputs: readonly number[]) => {
    const odd = inputs.find((input) => input % 2 === 1)
    if (odd !== undefined) return Promise.reject(new Error(`${String(odd)} is odd`))
    return Promise.resolve(inputs.map((input) => input / 2))
  })
  const [two, three, four] = await Promise.allSettled([half(2), half(3), half(4)])
  expect(two).toEqual({ status: 'fulfilled', value: 1 })
  expect(three).toMatchObject({ status: 'rejected', reason: { message: '3 is odd' } })
  expect(four).toEqual({ status: 'fulfilled', value: 2 })
  expect(await half(6)).toBe(3)
})

test('takes no more than a bound into one statement', async () => {
  const sizes: number[] = []
  const same = gather((inputs: readonly number[]) => {
    sizes.push(inputs.length)
    return Promise.resolve(inputs)
  })
  const inputs = Array.from({ length: 1_100 }, (_, index) => index)
  expect(await Promise.all(inputs.map(same))).toEqual(inputs)
  expect(sizes).toEqual([500, 500, 100])
})
