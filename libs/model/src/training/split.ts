import { createRandom } from '../random.ts'

/** Share of the images kept for validation. */
const validationShare = 0.1

/** What is known of an image: whose it is, and which recording it shows a part of. */
export interface Labels {
  /** Empty where it is not known. */
  readonly artist: string
  readonly recording: string
}

/** Images by recording, on either side. */
export interface Split {
  readonly training: number[][]
  readonly validation: number[][]
}

/**
 * Splits a library so that no artist and no recording is on both sides. A recording without an artist stands for itself.
 *
 * @param labels - one per image
 * @returns validation holds about a tenth of the images, and at least one artist when there are two
 */
export const splitByArtist = (labels: readonly Labels[], seed: number): Split => {
  const ownerOf = ({ artist, recording }: Labels) =>
    artist === '' ? `recording ${recording}` : `artist ${artist}`
  const owners = Map.groupBy(labels.keys(), (index) => ownerOf(labels[index]!))
  const order = createRandom(seed, splitStream).shuffle([...owners.values()])
  const wanted = Math.max(1, Math.round(labels.length * validationShare))
  const validation: number[] = []
  const training: number[] = []
  for (const group of order) {
    const fits = validation.length + group.length <= wanted || validation.length === 0
    const spare = order.length > 1 && (validation.length > 0 || group.length <= labels.length / 2)
    if (validation.length < wanted && fits && spare) validation.push(...group)
    else training.push(...group)
  }
  const byRecording = (images: readonly number[]): number[][] => [
    ...Map.groupBy(images, (index) => labels[index]!.recording).values(),
  ]
  return { training: byRecording(training), validation: byRecording(validation) }
}

/** Keeps the split apart from the epochs' draws, whose streams count from 1. */
const splitStream = 0
