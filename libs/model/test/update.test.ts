import { describe, expect, test } from '@jest/globals'
import type { ParameterSpec } from '../src/parameters.ts'
import { placeParameters } from '../src/parameters.ts'
import { createSharedState } from '../src/training/shared-state.ts'
import { updateShare } from '../src/training/update.ts'

const parameters = placeParameters([
  { name: 'encoder/kernel', shape: [3, 5], kind: 'weights' },
  { name: 'encoder/mean', shape: [5], kind: 'running-mean' },
  { name: 'encoder/bias', shape: [5], kind: 'zeros' },
] satisfies ParameterSpec[])

describe('a step', () => {
  test('of two ranks equals the step of one with their mean gradient', () => {
    const alone = createSharedState(parameters, 1, 1)
    const together = createSharedState(parameters, 2, 1)
    for (let step = 1; step <= 3; step++) {
      for (let at = 0; at < alone.values.length; at++) {
        together.gradients[0]![at] = Math.sin(at + step)
        together.gradients[1]![at] = Math.cos(at * step)
        alone.gradients[0]![at] = (Math.sin(at + step) + Math.cos(at * step)) / 2
      }
      updateShare(alone, parameters, 0, step)
      updateShare(together, parameters, 0, step)
      updateShare(together, parameters, 1, step)
    }
    together.values.forEach((value, at) => expect(value).toBeCloseTo(alone.values[at]!, 5))
  })

  test('moves what is learned by the learning rate at first, and statistics towards the batch', () => {
    const state = createSharedState(parameters, 1, 1)
    const before = state.values.slice()
    state.gradients[0]!.fill(2)
    updateShare(state, parameters, 0, 1)
    // Adam's first step has the size of the learning rate whatever the gradient's.
    expect(before[0]! - state.values[0]!).toBeCloseTo(1e-3, 6)
    expect(state.values[15]).toBeCloseTo(0.05 * 2, 6)
    expect(state.values[24]).toBeCloseTo(-1e-3, 6)
  })
})
