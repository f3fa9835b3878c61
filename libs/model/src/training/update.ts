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

/** Gradients averaged at once: few enough for the first-level cache, so that the passes cost next to nothing. */
const chunk = 2_048

/** Calls back with the mean gradient of all ranks, a stretch of the flat vector at a time. */
const eachMeanGradient = (
  { gradients, ranks }: SharedState,
  from: number,
  to: number,
  visit: (mean: Float32Array, first: number) => void,
): void => {
  const sums = new Float64Array(chunk)
  const mean = new Float32Array(chunk)
  for (let first = from; first < to; first += chunk) {
    const count = Math.min(chunk, to - first)
    sums.fill(0)
    for (const gradient of gradients) {
      for (let at = 0; at < count; at++) sums[at]! += gradient[first + at]!
    }
    for (let at = 0; at < count; at++) mean[at] = sums[at]! / ranks
    visit(mean.subarray(0, count), first)
  }
}

const stepAdam = (state: SharedState, from: number, to: number, step: number): void => {
  const { values, firstMoments, secondMoments } = state
  const rate = (learningRate * Math.sqrt(1 - secondDecay ** step)) / (1 - firstDecay ** step)
  eachMeanGradient(state, from, to, (mean, start) => {
    for (let place = 0; place < mean.length; place++) {
      const at = start + place
      const gradient = mean[place]!
      const first = firstDecay * firstMoments[at]! + (1 - firstDecay) * gradient
      const second = secondDecay * secondMoments[at]! + (1 - secondDecay) * gradient * gradient
      firstMoments[at] = first
      secondMoments[at] = second
      values[at]! -= (rate * first) / (Math.sqrt(second) + epsilon)
    }
  })
}

const follow = (state: SharedState, from: number, to: number): void => {
  const { values } = state
  eachMeanGradient(state, from, to, (mean, start) => {
    for (let place = 0; place < mean.length; place++) {
      const at = start + place
      values[at] = statisticDecay * values[at]! + (1 - statisticDecay) * mean[place]!
    }
  })
}
