import { cropSize } from '../architectures/architecture.ts'
import { columnsOf } from '../crops.ts'
import type { Random } from '../random.ts'
import { createRandom } from '../random.ts'
import type { Draw } from './batches.ts'

/*
 * How one crop is shown in different guises, so that what a phone, a room or another master does to a sound is
 * not mistaken for the sound. Levels are parts of an image's range of 80 dB.
 */

/** A recording sped up or slowed down without a change of pitch. */
const maxTempoChange = 0.06
const maxSemitones = 1.2
const maxGain = 6 / 80
/** Of each of the cosines that make an equaliser's curve. */
const maxEqualiser = 3 / 80
const equaliserCosines = 3
const noiseShare = 0.3
/** Level of the noise below the crop's. */
const noiseRange = { least: 12 / 80, most: 30 / 80 } as const
/** Fall of pink noise from the lowest to the highest band, about eight octaves of 3 dB. */
const pinkFall = 24 / 80
/** Spread of noise that the averaging of frames leaves in one pixel. */
const noiseJitter = 2 / 80

/** Bands a semitone moves a sound above 1 kHz, where the mel scale is logarithmic; below, it is linear. */
const bandsPerSemitone = 2.4
const logarithmicFrom = cropSize / 3

/**
 * Cuts one crop per draw, each varied by what its own number says.
 *
 * @param images - the image of each draw
 * @returns as {@link cutCrops} does
 */
export const cutVaried = (draws: readonly Draw[], images: readonly Uint8Array[]): Float32Array => {
  const area = cropSize * cropSize
  const crops = new Float32Array(draws.length * area)
  draws.forEach(({ position, variation }, place) => {
    const crop = crops.subarray(place * area, (place + 1) * area)
    vary(images[place]!, position, createRandom(variation), crop)
  })
  return crops
}

/** All of an image, varied by what the number says; its tempo never rises, so that it stays as long. */
export const varyImage = (image: Uint8Array, variation: number): Uint8Array => {
  const varied = new Float32Array(image.length)
  vary(image, 0, createRandom(variation), varied)
  return new Uint8Array(varied.map((value) => Math.round(value * 255)))
}

/** @param crop - filled; bands of any width */
const vary = (image: Uint8Array, position: number, random: Random, crop: Float32Array): void => {
  const between = (limit: number) => (2 * random.uniform() - 1) * limit
  const columns = columnsOf(image)
  const width = crop.length / cropSize
  const tempo = Math.min(1 + between(maxTempoChange), (columns - 1) / (width - 1))
  const start = position * (columns - 1 - tempo * (width - 1))
  const semitones = between(maxSemitones)
  const levels = levelCurve(random, between(maxGain))
  const places = Int32Array.from({ length: width }, (_, column) =>
    Math.round(start + tempo * column),
  )
  for (let band = 0; band < cropSize; band++) {
    const moved = band - semitones * bandsPerSemitone * Math.min(1, band / logarithmicFrom)
    const from = Math.min(cropSize - 1, Math.max(0, moved))
    const lower = Math.min(cropSize - 2, Math.floor(from))
    const upperShare = from - lower
    const level = levels[band]!
    for (let column = 0; column < width; column++) {
      const at = lower * columns + places[column]!
      const value = image[at]! + upperShare * (image[at + columns]! - image[at]!)
      crop[band * width + column] = Math.min(1, Math.max(0, value / 255 + level))
    }
  }
  if (random.uniform() < noiseShare) addNoise(crop, random)
}

/** What gain and equaliser add to each band. */
const levelCurve = (random: Random, gain: number): Float32Array => {
  const waves = Array.from({ length: equaliserCosines }, (_, number) => ({
    height: (2 * random.uniform() - 1) * maxEqualiser,
    turn: random.uniform() * 2 * Math.PI,
    cycles: (number + 1) / 2,
  }))
  return Float32Array.from({ length: cropSize }, (_, band) =>
    waves.reduce(
      (sum, { height, turn, cycles }) =>
        sum + height * Math.cos(turn + (2 * Math.PI * cycles * band) / cropSize),
      gain,
    ),
  )
}

/** Pink noise under the sound: what is quieter than the noise disappears in it. */
const addNoise = (crop: Float32Array, random: Random): void => {
  const { least, most } = noiseRange
  const loud = crop.reduce((largest, value) => Math.max(largest, value), 0)
  const width = crop.length / cropSize
  const level = loud - (least + (most - least) * random.uniform())
  for (let at = 0; at < crop.length; at++) {
    const fall = (pinkFall * Math.floor(at / width)) / cropSize
    const noise = level - fall + (2 * random.uniform() - 1) * noiseJitter
    if (noise > crop[at]!) crop[at] = noise
  }
}
