import { createRandom } from '../random.ts'

/** Share of the tracks kept for validation. */
const validationShare = 0.1

export interface Split {
  readonly training: number[]
  readonly validation: number[]
}

/**
 * Splits a library so that no artist is on both sides. A track without an artist stands for itself.
 *
 * @param artists - one label per track; empty where it is not known
 * @returns indexes; validation holds about a tenth, and at least one artist when there are two
 */
export const splitByArtist = (artists: readonly string[], seed: number): Split => {
  const groups = new Map<string, number[]>()
  artists.forEach((artist, index) => {
    const group = artist === '' ? `\n${index}` : artist
    const members = groups.get(group)
    if (members === undefined) groups.set(group, [index])
    else members.push(index)
  })
  const order = createRandom(seed, splitStream).shuffle([...groups.values()])
  const wanted = Math.max(1, Math.round(artists.length * validationShare))
  const validation: number[] = []
  const training: number[] = []
  for (const group of order) {
    const fits = validation.length + group.length <= wanted || validation.length === 0
    const spare = order.length > 1 && (validation.length > 0 || group.length <= artists.length / 2)
    if (validation.length < wanted && fits && spare) validation.push(...group)
    else training.push(...group)
  }
  return { training, validation }
}

/** Keeps the split apart from the epochs' draws, whose streams count from 1. */
const splitStream = 0
