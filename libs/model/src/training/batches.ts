import { createRandom } from '../random.ts'
import { shareOf } from './shared-state.ts'

/** Crops drawn from every training image in one epoch: as many as an image of 512 columns holds side by side. */
export const cropsPerImage = 4

/** A crop to be cut: which image, and where along it as a fraction of the room there is. */
export interface Draw {
  readonly image: number
  readonly position: number
  /** Says how the crop is varied where it is: the same number, the same way. */
  readonly variation: number
}

/** With fewer, a crop has too few strangers to be told from. */
const leastCropsPerRank = 16

/** Crops of one step of all ranks: as many as are wanted, and enough for each. */
export const cropsPerStep = (wanted: number, ranks: number): number =>
  Math.max(wanted, leastCropsPerRank * ranks)

/**
 * Every batch of one epoch: each recording at random places of random images of it, in random order, until every
 * image has been drawn {@link cropsPerImage} times on average. The last batch is filled up from the first, so
 * that all have the same size.
 *
 * @param recordings - images by recording; views of one come from different images where it has several
 * @param viewsPerTrack - neighbouring draws that come from one recording
 */
export const drawEpoch = (options: {
  readonly recordings: readonly (readonly number[])[]
  readonly batchSize: number
  readonly viewsPerTrack: number
  readonly seed: number
  readonly epoch: number
}): Draw[][] => {
  const { recordings, batchSize, viewsPerTrack, seed, epoch } = options
  const random = createRandom(seed, epoch)
  const tracksPerBatch = Math.max(1, Math.floor(batchSize / viewsPerTrack))
  const images = recordings.reduce((sum, { length }) => sum + length, 0)
  const rounds = Math.max(
    1,
    Math.floor((images * cropsPerImage) / (viewsPerTrack * recordings.length)),
  )
  // Shuffled round by round, so that one batch rarely meets the same recording twice.
  const order = Array.from({ length: rounds }, () => random.shuffle([...recordings])).flat()
  return Array.from({ length: Math.ceil(order.length / tracksPerBatch) }, (_, batch) =>
    Array.from({ length: tracksPerBatch }, (_unused, place) => {
      const recording = random.shuffle([...order[(batch * tracksPerBatch + place) % order.length]!])
      return Array.from({ length: viewsPerTrack }, (_view, view) => ({
        image: recording[view % recording.length]!,
        position: random.uniform(),
        variation: random.below(2 ** 31),
      }))
    }).flat(),
  )
}

/** Most validation crops per epoch: enough for two digits of the loss. */
const validationCrops = 1_024

/**
 * The same crops in every epoch: each validation recording at evenly spread places of its images, once where crops
 * are judged alone, as many times as views stand side by side where they are judged together.
 */
export const drawValidation = (
  recordings: readonly (readonly number[])[],
  viewsPerTrack: number,
): Draw[] =>
  recordings.slice(0, Math.floor(validationCrops / viewsPerTrack)).flatMap((images) =>
    Array.from({ length: viewsPerTrack }, (_, view) => ({
      image: images[view % images.length]!,
      position: (view + 0.5) / viewsPerTrack,
      variation: 0,
    })),
  )

/** Validation crops whose loss is computed at once, at most. */
const cropsAtOnce = 64

/**
 * What {@link drawValidation} drew, in parts of nearly the same size for the ranks to share. A recording alone has
 * nothing to be told from, so every part has two, unless there are no two.
 */
export const divideValidation = (
  draws: readonly Draw[],
  viewsPerTrack: number,
  ranks: number,
): Draw[][] => {
  const recordings = draws.length / viewsPerTrack
  const rounds = Math.ceil(draws.length / (cropsAtOnce * ranks))
  const parts = Math.min(rounds * ranks, Math.max(1, Math.floor(recordings / 2)))
  return Array.from({ length: parts }, (_, part) => {
    const [first, end] = shareOf(recordings, part, parts)
    return draws.slice(first * viewsPerTrack, end * viewsPerTrack)
  })
}
