import { expect, test } from '@jest/globals'
import { backoffDelayMs } from '../src/backoff.ts'

test('doubles from attempt to attempt', () => {
  const longest = [1, 2, 3, 4].map((attempt) => backoffDelayMs(attempt, 1_000, 1))
  expect(longest).toEqual([1_000, 2_000, 4_000, 8_000])
})

test('is spread over the upper half', () => {
  expect([0, 0.5, 1].map((random) => backoffDelayMs(1, 1_000, random))).toEqual([500, 750, 1_000])
})

test('never goes beyond five minutes, however many attempts there were', () => {
  expect(backoffDelayMs(10, 5_000, 1)).toBe(300_000)
  expect(backoffDelayMs(5_000, 5_000, 1)).toBe(300_000)
})
