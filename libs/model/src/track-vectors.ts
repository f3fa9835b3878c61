import * as tf from '@tensorflow/tfjs'
import type { Architecture } from './architectures/architecture.ts'
import { cropSize } from './architectures/architecture.ts'
import { columnsOf, cutCrops, evenStarts } from './crops.ts'
import type { Weights } from './parameters.ts'

/** Crops handed to the encoder at once: enough to keep it busy, few enough for about 20 MB. */
const cropsAtOnce = 64

/**
 * Raw vectors of tracks: the mean of the encodings of evenly spaced crops, not yet finished.
 *
 * @param images - mel images, bands × columns bytes
 * @param parts - 2 gives each image's first and second half a vector of their own
 * @returns one vector of 2 · rawAxisSize per part, image by image
 */
export const rawTrackVectors = (
  architecture: Architecture,
  weights: Weights,
  images: readonly Uint8Array[],
  parts: 1 | 2 = 1,
): Float32Array[] => {
  const { cropsPerTrack, rawAxisSize } = architecture
  const cropsPerPart = cropsPerTrack / parts
  const cuts = images.flatMap((image) =>
    evenStarts(columnsOf(image), cropsPerTrack).map((start) => ({ image, start })),
  )
  const sums = Array.from(
    { length: images.length * parts },
    () => new Float32Array(2 * rawAxisSize),
  )
  for (let first = 0; first < cuts.length; first += cropsAtOnce) {
    const encoded = encodeCrops(architecture, weights, cuts.slice(first, first + cropsAtOnce))
    encoded.forEach((value, position) => {
      const crop = first + Math.floor(position / (2 * rawAxisSize))
      const sum = sums[Math.floor(crop / cropsPerPart)]!
      sum[position % (2 * rawAxisSize)]! += value / cropsPerPart
    })
  }
  return sums
}

const encodeCrops = (
  architecture: Architecture,
  weights: Weights,
  cuts: readonly { image: Uint8Array; start: number }[],
): Float32Array => {
  const encoded = tf.tidy(() => {
    const crops = tf.tensor3d(cutCrops(cuts), [cuts.length, cropSize, cropSize])
    return architecture.encode(crops, weights)
  })
  // Out of the tidy, which searches what it is given for tensors, number by number.
  const values = encoded.dataSync<'float32'>()
  encoded.dispose()
  return values
}

/**
 * Mean squared error of what the decoder makes of evenly spaced crops of a track, values in 0…1.
 *
 * @returns one number per image
 */
export const reconstructionErrors = (
  architecture: Architecture,
  weights: Weights,
  images: readonly Uint8Array[],
): number[] =>
  images.map((image) =>
    tf.tidy(() => {
      const starts = evenStarts(columnsOf(image), architecture.cropsPerTrack)
      const values = cutCrops(starts.map((start) => ({ image, start })))
      const crops = tf.tensor3d(values, [starts.length, cropSize, cropSize])
      const drawn = architecture.reconstruct(crops, weights)
      return tf.mean(tf.squaredDifference(drawn, crops)).dataSync<'float32'>()[0]!
    }),
  )
