import * as tf from '@tensorflow/tfjs'
import { ntXent } from '../losses/nt-xent.ts'
import type { Architecture } from './architecture.ts'
import { axisSize } from './architecture.ts'
import { decodeMirrored, mirroredDecoderParameters } from './mirrored-decoder.ts'
import { decodePublished, publishedDecoderParameters } from './published-decoder.ts'
import { encodeTwoAxes, twoAxisEncoderParameters } from './two-axis-encoder.ts'

/** The published model as it was: encoder, 2-D decoder, mean squared error; 7,927,873 parameters. */
export const twoAxis: Architecture = {
  name: 'two-axis',
  parameters: [...twoAxisEncoderParameters, ...publishedDecoderParameters],
  rawAxisSize: axisSize,
  cropsPerTrack: 8,
  viewsPerTrack: 1,
  variesCrops: false,
  encode: encodeTwoAxes,
  reconstruct: (crops, weights) => decodePublished(encodeTwoAxes(crops, weights), weights),
  loss: (crops, weights, observe) => {
    const drawn = decodePublished(encodeTwoAxes(crops, weights, observe), weights, observe)
    return tf.mean(tf.squaredDifference(drawn, crops))
  },
}

/** Of the contrastive term. */
const temperature = 0.1

/** Brings the contrastive term (about 1 per axis) to the size of the reconstruction error (about 0.01). */
const recognitionWeight = 0.03

/**
 * The published encoder for two minutes on two cores: a light decoder, and beside the reconstruction a contrastive
 * term by which each half alone should tell which two crops come from one track.
 */
export const twoAxisLight: Architecture = {
  name: 'two-axis-light',
  parameters: [...twoAxisEncoderParameters, ...mirroredDecoderParameters],
  rawAxisSize: axisSize,
  cropsPerTrack: 8,
  viewsPerTrack: 2,
  variesCrops: false,
  encode: encodeTwoAxes,
  reconstruct: (crops, weights) => decodeMirrored(encodeTwoAxes(crops, weights), weights),
  loss: (crops, weights, observe) => {
    const vectors = encodeTwoAxes(crops, weights, observe)
    const drawn = decodeMirrored(vectors, weights)
    const [time, frequency] = tf.split(vectors, 2, 1) as [tf.Tensor2D, tf.Tensor2D]
    const recognition = tf.add(ntXent(time, temperature), ntXent(frequency, temperature))
    const reconstruction = tf.mean(tf.squaredDifference(drawn, crops))
    return tf.add(reconstruction, tf.mul(recognition, recognitionWeight))
  },
}
