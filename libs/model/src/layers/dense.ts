import * as tf from '@tensorflow/tfjs'
import type { ParameterSpec, Weights } from '../parameters.ts'
import { weight } from '../parameters.ts'

/** Parameters of a dense layer. */
export const denseParameters = (name: string, inputs: number, outputs: number): ParameterSpec[] => [
  { name: `${name}/kernel`, shape: [inputs, outputs], kind: 'weights' },
  { name: `${name}/bias`, shape: [outputs], kind: 'zeros' },
]

/** Every row of `x` times the layer's matrix, plus its bias. */
export const dense = (x: tf.Tensor2D, weights: Weights, name: string): tf.Tensor2D =>
  tf.add(tf.matMul(x, weight(weights, `${name}/kernel`)), weight(weights, `${name}/bias`))
