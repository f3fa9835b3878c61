import { expect, test } from '@jest/globals'
import { createOnceEach } from '../src/once-each.ts'

test('each key has one turn, and whoever is beyond the bound none, which is told once', () => {
  let told = 0
  const isTurnOf = createOnceEach(() => (told += 1), 2)
  expect(['a', 'a', 'b', 'c', 'd', 'b'].map(isTurnOf)).toEqual([
    true,
    false,
    true,
    false,
    false,
    false,
  ])
  expect(told).toBe(1)
})
