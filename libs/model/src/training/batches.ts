import { createRandom } from '../random.ts'

/** Crops drawn from every training image in one epoch: as many as an image of 512 columns holds side by side. */
export const cropsPerImage = 4

/** A crop to be cut: which image, and where along it as a fraction of the room there is. */
export interface Draw {
  readonly image: number
  readonly position: number
}

/**
 * Every batch of one epoch: each image `cropsPerImage` times in random order, each time at a random place.
 * The last batch is filled up from the first, so that all have the same size.
 *
 * @param viewsPerTrack - neighbouring draws that come from one image
 */
export const drawEpoch = (options: {
  readonly images: readonly number[]
  readonly batchSize: number
  readonly viewsPerTrack: number
  readonly seed: number
  readonly epoch: number
}): Draw[][] => {
  const { images, batchSize, viewsPerTrack, seed, epoch } = options
  const random = createRandom(seed, epoch)
  const tracksPerBatch = Math.max(1, Math.floor(batchSize / viewsPerTrack))
  const rounds = Math.max(1, Math.floor(cropsPerImage / viewsPerTrack))
  // Shuffled round by round, so that one batch rarely meets the same track twice.
  const order = Array.from({ length: rounds }, () => random.shuffle([...images])).flat()
  return Array.from({ length: Math.ceil(order.length / tracksPerBatch) }, (_, batch) =>
    Array.from({ length: tracksPerBatch }, (_unused, place) => {
      const image = order[(batch * tracksPerBatch + place) % order.length]!
      return Array.from({ length: viewsPerTrack }, () => ({ image, position: random.uniform() }))
    }).flat(),
  )
}

/** Most validation crops per epoch: enough for two digits of the loss. */
const validationCrops = 1_024

/**
 * The same crops in every epoch: each validation image at evenly spread places, once where crops are judged alone,
 * as many times as views stand side by side where they are judged together.
 */
export const drawValidation = (images: readonly number[], viewsPerTrack: number): Draw[] =>
  images.slice(0, Math.floor(validationCrops / viewsPerTrack)).flatMap((image) =>
    Array.from({ length: viewsPerTrack }, (_, view) => ({
      image,
      position: (view + 0.5) / viewsPerTrack,
    })),
  )
