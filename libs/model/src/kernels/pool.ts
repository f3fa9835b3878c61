import type { TensorInfo } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import type { Kernel } from './compiled.ts'
import { attributes, defineOperation } from './compiled.ts'

/* Statistics along the middle axis of batch × length × channels. */

const pool = 'SoundalikePool'
const poolGradient = 'SoundalikePoolGradient'
const meanStep = 'SoundalikeMeanStep'
const meanStepBetween = 'SoundalikeMeanStepBetween'

/**
 * Mean and deviation of every channel.
 *
 * @param epsilon - added to the variance
 * @returns twice batch × channels
 */
export const runPool = (x: tf.Tensor3D, epsilon: number): [tf.Tensor2D, tf.Tensor2D] =>
  tf.engine().runKernel(pool, { x }, attributes({ epsilon }))

/** Mean size of the step from one place to the next: batch × channels. Of what is given alone: it has no gradient. */
export const runMeanStep = (x: tf.Tensor3D): tf.Tensor2D => tf.engine().runKernel(meanStep, { x })

/** Mean over the channels of the size of each step: batch × length, the last one 0. It has no gradient either. */
export const runMeanStepBetween = (x: tf.Tensor3D): tf.Tensor2D =>
  tf.engine().runKernel(meanStepBetween, { x })

export const definePool = (kernel: Kernel): void => {
  defineOperation<{ epsilon: number }>(pool, ({ x }, { epsilon }) =>
    statistics(kernel, x!, epsilon),
  )
  defineOperation(poolGradient, (inputs) => statisticsBack(kernel, inputs))
  tf.registerGradient({
    kernelName: pool,
    inputsToSave: ['x'],
    outputsToSave: [true, true],
    gradFunc: (upstream, saved) => {
      const [dMean, dDeviation] = upstream as [tf.Tensor, tf.Tensor]
      const [x, mean, deviation] = saved as [tf.Tensor, tf.Tensor, tf.Tensor]
      const inputs = { dMean, dDeviation, x, mean, deviation }
      return { x: () => tf.engine().runKernel<tf.Tensor>(poolGradient, inputs) }
    },
  })
  defineOperation(meanStep, ({ x }) => {
    const [batch, length, channels] = sidesOf(x!)
    const output = kernel.make([batch, channels])
    const [from, to] = [kernel.addressOf(x!), kernel.addressOf(output)]
    for (let item = 0; item < batch; item++) {
      const at = from + 4 * item * length * channels
      kernel.stepSums(at, length, channels, to + 4 * item * channels)
    }
    divide(kernel.numbersOf(output), length - 1)
    return output
  })
  defineOperation(meanStepBetween, ({ x }) => {
    const [batch, length, channels] = sidesOf(x!)
    const output = kernel.make([batch, length])
    kernel.numbersOf(output).fill(0)
    const [from, to] = [kernel.addressOf(x!), kernel.addressOf(output)]
    for (let item = 0; item < batch; item++) {
      const at = from + 4 * item * length * channels
      kernel.stepSumsBetween(at, length, channels, to + 4 * item * length)
    }
    divide(kernel.numbersOf(output), channels)
    return output
  })
}

const statistics = (kernel: Kernel, x: TensorInfo, epsilon: number): TensorInfo[] => {
  const { addressOf, numbersOf } = kernel
  const [batch, length, channels] = sidesOf(x)
  const mean = kernel.make([batch, channels])
  const deviation = kernel.make([batch, channels])
  const [from, meanAt, deviationAt] = [addressOf(x), addressOf(mean), addressOf(deviation)]
  const itemBytes = 4 * length * channels
  for (let item = 0; item < batch; item++) {
    const to = meanAt + 4 * item * channels
    kernel.columnSums(from + item * itemBytes, length, channels, to)
  }
  divide(numbersOf(mean), length)
  for (let item = 0; item < batch; item++) {
    const own = 4 * item * channels
    const at = from + item * itemBytes
    kernel.centredSquareSums(at, length, channels, meanAt + own, deviationAt + own)
  }
  const deviations = numbersOf(deviation)
  for (let at = 0; at < deviations.length; at++) {
    deviations[at] = Math.sqrt(deviations[at]! / length + epsilon)
  }
  return [mean, deviation]
}

/** dx = ∂mean / length + ∂deviation · (x − mean) / (length · deviation) */
const statisticsBack = (
  kernel: Kernel,
  { dMean, dDeviation, x, mean, deviation }: Readonly<Record<string, TensorInfo>>,
): TensorInfo => {
  const { addressOf, numbersOf } = kernel
  const [batch, length, channels] = sidesOf(x!)
  const dx = kernel.make(x!.shape)
  const factor = kernel.make([batch, channels])
  const shift = kernel.make([batch, channels])
  const [factors, shifts] = [numbersOf(factor), numbersOf(shift)]
  const [dMeans, dDeviations, means, deviations] = [dMean!, dDeviation!, mean!, deviation!].map(
    numbersOf,
  )
  for (let at = 0; at < factors.length; at++) {
    factors[at] = dDeviations![at]! / (length * deviations![at]!)
    shifts[at] = dMeans![at]! / length - means![at]! * factors[at]!
  }
  const [from, to, factorAt, shiftAt] = [x!, dx, factor, shift].map(addressOf) as [
    number,
    number,
    number,
    number,
  ]
  for (let item = 0; item < batch; item++) {
    const own = 4 * item * channels
    const at = length * own
    kernel.scaleAndShift(from + at, length, channels, factorAt + own, shiftAt + own, to + at)
  }
  kernel.dispose(factor)
  kernel.dispose(shift)
  return dx
}

const sidesOf = ({ shape }: TensorInfo) => shape as [number, number, number]

const divide = (values: Float32Array, by: number): void => {
  for (let at = 0; at < values.length; at++) values[at]! /= by
}
