import type { PlacedParameter } from '../parameters.ts'
import { isLearned } from '../parameters.ts'
import type { SharedState } from './shared-state.ts'
import { shareOf } from './shared-state.ts'

/** Adam's constants (Kingma and Ba 2015), the published model's learning rate. */
const learningRate = 1e-3
const firstDecay = 0.9
const secondDecay = 0.999
const epsilon = 1e-7

/** How much of a running statistic each step keeps. */
const statisticDecay = 0.95

/**
 * Applies one step to this rank's share of the parameters: Adam with the mean gradient of all ranks where a
 * parameter is learned, exponential smoothing where it follows the batches.
 *
 * @param step - counts from 1
 */
export const updateShare = (
  state: SharedState,
  parameters: readonly PlacedParameter[],
  rank: number,
  step: number,
): void => {
  const [first, end] = shareOf(state.values.length, rank, state.ranks)
  for (const parameter of parameters) {
    const from = Math.max(first, parameter.offset)
    const to = Math.min(end, parameter.offset + parameter.size)
    if (from >= to) continue
    if (isLearned(parameter)) stepAdam(state, from, to, step)
    else follow(state, from, to)
  }
}

/** Gradients added up at once: few enough for the first-level cache, so that the pass costs next to nothing. */
const chunk = 2_048

/** Calls back with the sum of all ranks' gradients, a stretch of the flat vector at a time. */
const eachSum = (
  { gradients }: SharedState,
  from: number,
  to: number,
  visit: (sum: Float32Array, first: number) => void,
): void => {
  const [own, ...others] = gradients
  const sums = new Float32Array(chunk)
  for (let first = from; first < to; first += chunk) {
    const count = Math.min(chunk, to - first)
    sums.set(own!.subarray(first, first + count))
    for (const other of others) {
      for (let at = 0; at < count; at++) sums[at]! += other[first + at]!
    }
    visit(sums.subarray(0, count), first)
  }
}

const stepAdam = (state: SharedState, from: number, to: number, step: number): void => {
  const { values, firstMoments, secondMoments, ranks } = state
  const rate = (learningRate * Math.sqrt(1 - secondDecay ** step)) / (1 - firstDecay ** step)
  eachSum(state, from, to, (sum, start) => {
    for (let place = 0; place < sum.length; place++) {
      const at = start + place
      const gradient = sum[place]! / ranks
      const first = firstDecay * firstMoments[at]! + (1 - firstDecay) * gradient
      const second = secondDecay * secondMoments[at]! + (1 - secondDecay) * gradient * gradient
      firstMoments[at] = first
      secondMoments[at] = second
      values[at]! -= (rate * first) / (Math.sqrt(second) + epsilon)
    }
  })
}

const follow = (state: SharedState, from: number, to: number): void => {
  const { values, ranks } = state
  eachSum(state, from, to, (sum, start) => {
    for (let place = 0; place < sum.length; place++) {
      const at = start + place
      const mean = sum[place]! / ranks
      values[at] = statisticDecay * values[at]! + (1 - statisticDecay) * mean
    }
  })
}
