import * as tf from '@tensorflow/tfjs'
import type { Architecture } from '../architectures/architecture.ts'
import { cropSize } from '../architectures/architecture.ts'
import type { Weights } from '../parameters.ts'

/** A crop, and what the decoder made of its vector: bands × columns bytes each, lowest band first. */
export interface Reconstruction {
  readonly crop: Uint8Array
  readonly drawn: Uint8Array
  /** Mean squared error, values in 0…1. */
  readonly error: number
}

/** @param crops - batch × bands × columns in 0…1 */
export const reconstructCrops = (
  architecture: Architecture,
  weights: Weights,
  crops: tf.Tensor3D,
): Reconstruction[] =>
  tf.tidy(() => {
    const drawn = architecture.reconstruct(crops, weights)
    const errors = tf.mean(tf.squaredDifference(drawn, crops), [1, 2]).dataSync<'float32'>()
    const [before, after] = [crops, drawn].map((images) => images.dataSync<'float32'>())
    const area = cropSize * cropSize
    const bytes = (values: Float32Array, at: number): Uint8Array =>
      Uint8Array.from(values.subarray(at * area, (at + 1) * area), (value) =>
        Math.round(255 * Math.min(1, Math.max(0, value))),
      )
    return Array.from(errors, (error, at) => {
      return { crop: bytes(before!, at), drawn: bytes(after!, at), error }
    })
  })
