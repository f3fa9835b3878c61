import type { TensorInfo } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import type { Kernel } from './compiled.ts'
import { attributes, defineOperation, rowsOf } from './compiled.ts'

/* What stands between two convolutions: bias and ReLU, and batch normalisation. The last axis are the channels. */

const biasedRelu = 'SoundalikeBiasedRelu'
const biasedReluGradient = 'SoundalikeBiasedReluGradient'
const batchNorm = 'SoundalikeBatchNorm'
const batchNormGradient = 'SoundalikeBatchNormGradient'
const scaleAndShift = 'SoundalikeScaleAndShift'

/** max(x + bias, 0), with a bias for each channel. */
export const runBiasedRelu = <Tensor extends tf.Tensor>(x: Tensor, bias: tf.Tensor): Tensor =>
  tf.engine().runKernel(biasedRelu, { x, bias })

/** x · factor + shift, with a factor and a shift for each channel. */
export const runScaleAndShift = <Tensor extends tf.Tensor>(
  x: Tensor,
  factor: tf.Tensor,
  shift: tf.Tensor,
): Tensor => tf.engine().runKernel(scaleAndShift, { x, factor, shift })

/**
 * Normalises by the batch's own statistics.
 *
 * @param epsilon - added to the variance
 * @returns what is normalised, the mean of each channel, its variance
 */
export const runBatchNorm = <Tensor extends tf.Tensor>(
  x: Tensor,
  scale: tf.Tensor,
  offset: tf.Tensor,
  epsilon: number,
): [Tensor, tf.Tensor1D, tf.Tensor1D] =>
  tf.engine().runKernel(batchNorm, { x, scale, offset }, attributes({ epsilon }))

export const defineNormalise = (kernel: Kernel): void => {
  defineBiasedRelu(kernel)
  defineScaleAndShift(kernel)
  defineBatchNorm(kernel)
}

const defineBiasedRelu = (kernel: Kernel): void => {
  const { addressOf } = kernel
  defineOperation(biasedRelu, ({ x, bias }) => {
    const y = kernel.make(x!.shape)
    kernel.biasedRelu(addressOf(x!), rowsOf(x!), channelsOf(x!), addressOf(bias!), addressOf(y))
    return y
  })
  defineOperation(biasedReluGradient, ({ dy, y }) => {
    const rows = rowsOf(y!)
    const channels = channelsOf(y!)
    const dx = kernel.make(y!.shape)
    const dBias = kernel.make([channels])
    kernel.passPositive(addressOf(dy!), addressOf(y!), rows * channels, addressOf(dx))
    kernel.columnSums(addressOf(dx), rows, channels, addressOf(dBias))
    return [dx, dBias]
  })
  tf.registerGradient({
    kernelName: biasedRelu,
    outputsToSave: [true],
    gradFunc: (upstream, [y]) => {
      const dy = upstream as tf.Tensor
      const [x, bias] = tf.engine().runKernel<tf.Tensor[]>(biasedReluGradient, { dy, y: y! })
      return { x: () => x!, bias: () => bias! }
    },
  })
}

const defineScaleAndShift = (kernel: Kernel): void => {
  const { addressOf } = kernel
  defineOperation(scaleAndShift, ({ x, factor, shift }) => {
    const y = kernel.make(x!.shape)
    kernel.scaleAndShift(
      addressOf(x!),
      rowsOf(x!),
      channelsOf(x!),
      addressOf(factor!),
      addressOf(shift!),
      addressOf(y),
    )
    return y
  })
  tf.registerGradient({
    kernelName: scaleAndShift,
    inputsToSave: ['x', 'factor'],
    gradFunc: (upstream, [x, factor]) => {
      const dy = upstream as tf.Tensor
      const overRows = (values: tf.Tensor) => tf.sum(tf.reshape(values, [-1, channelsOf(dy)]), 0)
      return {
        x: () => tf.mul(dy, factor!),
        factor: () => overRows(tf.mul(dy, x!)),
        shift: () => overRows(dy),
      }
    },
  })
}

const defineBatchNorm = (kernel: Kernel): void => {
  defineOperation<{ epsilon: number }>(batchNorm, (inputs, { epsilon }) =>
    normalise(kernel, inputs, epsilon),
  )
  defineOperation<{ epsilon: number }>(batchNormGradient, (inputs, { epsilon }) =>
    normaliseBack(kernel, inputs, epsilon),
  )
  tf.registerGradient({
    kernelName: batchNorm,
    inputsToSave: ['x', 'scale'],
    outputsToSave: [false, true, true],
    gradFunc: (upstream, saved, own) => {
      // Nothing is learned from the statistics themselves, so their own gradients are left out.
      const [dy] = upstream as tf.Tensor[]
      const [x, scale, mean, variance] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]
      const [dx, dScale, dOffset] = tf
        .engine()
        .runKernel<tf.Tensor[]>(batchNormGradient, { dy: dy!, x, scale, mean, variance }, own)
      return { x: () => dx!, scale: () => dScale!, offset: () => dOffset! }
    },
  })
}

type Inputs = Readonly<Record<string, TensorInfo>>

const normalise = (kernel: Kernel, { x, scale, offset }: Inputs, epsilon: number): TensorInfo[] => {
  const { addressOf, numbersOf } = kernel
  const rows = rowsOf(x!)
  const channels = channelsOf(x!)
  const y = kernel.make(x!.shape)
  const [mean, variance, factor, shift] = makeFour(kernel, channels)
  kernel.columnSums(addressOf(x!), rows, channels, addressOf(mean))
  divide(numbersOf(mean), rows)
  kernel.centredSquareSums(addressOf(x!), rows, channels, addressOf(mean), addressOf(variance))
  divide(numbersOf(variance), rows)
  const [means, variances, scales, offsets] = [mean, variance, scale!, offset!].map(numbersOf)
  const [factors, shifts] = [factor, shift].map(numbersOf)
  for (let channel = 0; channel < channels; channel++) {
    factors![channel] = scales![channel]! / Math.sqrt(variances![channel]! + epsilon)
    shifts![channel] = offsets![channel]! - means![channel]! * factors![channel]!
  }
  kernel.scaleAndShift(
    addressOf(x!),
    rows,
    channels,
    addressOf(factor),
    addressOf(shift),
    addressOf(y),
  )
  kernel.dispose(factor)
  kernel.dispose(shift)
  return [y, mean, variance]
}

/**
 * With n = (x − mean) / deviation, averages over the batch, and ∂ for the gradient that comes in:
 * dx = scale / deviation · (∂ − avg(∂) − n · avg(∂ · n)), here put in order as a · ∂ + b · x + c.
 */
const normaliseBack = (
  kernel: Kernel,
  { dy, x, scale, mean, variance }: Inputs,
  epsilon: number,
): TensorInfo[] => {
  const { addressOf, numbersOf } = kernel
  const rows = rowsOf(x!)
  const channels = channelsOf(x!)
  const dx = kernel.make(x!.shape)
  const [dScale, dOffset, a, b] = makeFour(kernel, channels)
  const c = kernel.make([channels])
  const [dyAt, xAt] = [addressOf(dy!), addressOf(x!)]
  kernel.columnSums(dyAt, rows, channels, addressOf(dOffset))
  kernel.centredProductSums(dyAt, xAt, rows, channels, addressOf(mean!), addressOf(dScale))
  const [dScales, dOffsets, as, bs, cs] = [dScale, dOffset, a, b, c].map(numbersOf)
  const [scales, means, variances] = [scale!, mean!, variance!].map(numbersOf)
  for (let channel = 0; channel < channels; channel++) {
    const inverse = 1 / Math.sqrt(variances![channel]! + epsilon)
    dScales![channel]! *= inverse
    const factor = scales![channel]! * inverse
    as![channel] = factor
    bs![channel] = (-factor * inverse * dScales![channel]!) / rows
    cs![channel] = (-factor * dOffsets![channel]!) / rows - bs![channel]! * means![channel]!
  }
  const coefficients = [a, b, c].map(addressOf) as [number, number, number]
  kernel.combine(dyAt, xAt, rows, channels, ...coefficients, addressOf(dx))
  for (const used of [a, b, c]) kernel.dispose(used)
  return [dx, dScale, dOffset]
}

const channelsOf = ({ shape }: TensorInfo): number => shape.at(-1)!

const makeFour = (kernel: Kernel, channels: number) => {
  const make = () => kernel.make([channels])
  return [make(), make(), make(), make()] as const
}

const divide = (values: Float32Array, by: number): void => {
  for (let at = 0; at < values.length; at++) values[at]! /= by
}
