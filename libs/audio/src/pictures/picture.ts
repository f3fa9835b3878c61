import type { Preset } from '../presets.ts'
import { CHROMA_BINS, chroma } from '../spectrum/chroma.ts'
import { hzToMel } from '../spectrum/mel-filters.ts'
import { melImage } from '../spectrum/mel.ts'
import { mfcc } from '../spectrum/mfcc.ts'
import { shrinkTime } from '../spectrum/shrink.ts'
import { createCanvas, type Colour } from './canvas.ts'
import { inferno } from './colours.ts'
import { drawPlot, hertz, secondTicks, type Tick } from './plot.ts'
import { waveformPng, type WaveformStretch } from './waveform.ts'

export const pictureKinds = ['waveform', 'mel', 'mfcc', 'chroma', 'composite'] as const
export type PictureKind = (typeof pictureKinds)[number]

const PIXELS_PER_COLUMN = 2
const PLOT_HEIGHT = 384
const TOP_LEVEL = 255
const MARKED_HZ = [0, 250, 500, 1_000, 2_000, 4_000, 8_000, 16_000]
const PITCHES = ['C', 'C#', 'D', 'D#', 'E', 'F', 'F#', 'G', 'G#', 'A', 'A#', 'B']

/**
 * A mel image as a PNG without axes, one pixel per value: low frequencies at the bottom, time to the right,
 * loud parts light.
 *
 * @param image - as from `melImage`
 */
export const picturePng = (image: Uint8Array, preset: Preset): Uint8Array => {
  const { bands, columns } = preset.mel
  const canvas = createCanvas(columns, bands, [0, 0, 0])
  for (let band = 0; band < bands; band++) {
    for (let column = 0; column < columns; column++) {
      canvas.fill(column, bands - 1 - band, 1, 1, inferno[image[band * columns + column]!]!)
    }
  }
  return canvas.png()
}

/**
 * A picture of a track with axes in seconds and in what is shown: Hz, coefficients, pitch classes or amplitude.
 * The composite has the mel image in red, MFCC in green and chroma in blue.
 *
 * @param pcm - as for `melImage`
 * @param stretch - part that a waveform shows; the other kinds show the whole window
 */
export const soundPicturePng = (
  pcm: Int16Array,
  preset: Preset,
  kind: PictureKind,
  stretch?: WaveformStretch,
): Uint8Array => {
  if (kind === 'waveform') return waveformPng(pcm, preset, stretch)
  const { columns } = preset.mel
  const { colour, yTicks } = planePainter(pcm, preset, kind)
  return drawPlot({
    width: columns * PIXELS_PER_COLUMN,
    height: PLOT_HEIGHT,
    xTicks: secondTicks(0, preset.pcm.windowSeconds),
    yTicks,
    colourAt: (x, y) => colour(Math.floor(x / PIXELS_PER_COLUMN), (y + 0.5) / PLOT_HEIGHT),
  })
}

interface Plane {
  /** rows × columns bytes, lowest row first. */
  readonly image: Uint8Array
  readonly rows: number
}

interface Painter {
  /** Colour at a column and a share of the height, from the bottom. */
  readonly colour: (column: number, height: number) => Colour
  readonly yTicks: readonly Tick[]
}

const planePainter = (
  pcm: Int16Array,
  preset: Preset,
  kind: Exclude<PictureKind, 'waveform'>,
): Painter => {
  const { columns } = preset.mel
  const levelIn =
    ({ image, rows }: Plane) =>
    (column: number, height: number): number =>
      image[Math.floor(height * rows) * columns + column]!
  if (kind === 'composite') {
    const red = levelIn(planeOf('mel', pcm, preset))
    const green = levelIn(planeOf('mfcc', pcm, preset))
    const blue = levelIn(planeOf('chroma', pcm, preset))
    const colour: Painter['colour'] = (x, y) => [red(x, y), green(x, y), blue(x, y)]
    return { colour, yTicks: melTicks(preset) }
  }
  const level = levelIn(planeOf(kind, pcm, preset))
  return { colour: (x, y) => inferno[level(x, y)]!, yTicks: ticksOf(kind, preset) }
}

const planeOf = (kind: 'mel' | 'mfcc' | 'chroma', pcm: Int16Array, preset: Preset): Plane => {
  const { bands, columns } = preset.mel
  if (kind === 'mel') return { image: melImage(pcm, preset), rows: bands }
  const rows = kind === 'mfcc' ? bands : CHROMA_BINS
  const values = shrinkTime((kind === 'mfcc' ? mfcc : chroma)(pcm, preset), rows, columns)
  const image = new Uint8Array(values.length)
  const [low, high] = kind === 'mfcc' ? middleRange(values, rows) : [0, 1]
  for (let column = 0; column < columns; column++) {
    for (let row = 0; row < rows; row++) {
      const share = (values[column * rows + row]! - low) / (high - low || 1)
      image[row * columns + column] = Math.max(0, Math.min(TOP_LEVEL, share * TOP_LEVEL))
    }
  }
  return { image, rows }
}

/** The range of all but the most extreme values; coefficient 0 is the loudness and dwarfs the others. */
const middleRange = (values: Float32Array, rows: number): [number, number] => {
  const sorted = values.filter((_, index) => index % rows !== 0).sort()
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0
  return [at(0.02), at(0.98)]
}

const melTicks = ({ mel }: Preset): Tick[] => {
  const [low, high] = [hzToMel(mel.minHz), hzToMel(mel.maxHz)]
  return MARKED_HZ.filter((hz) => hz >= mel.minHz && hz <= mel.maxHz).map((hz) => ({
    position: (hzToMel(hz) - low) / (high - low),
    label: hertz(hz),
  }))
}

const ticksOf = (kind: 'mel' | 'mfcc' | 'chroma', preset: Preset): Tick[] => {
  if (kind === 'mel') return melTicks(preset)
  if (kind === 'chroma') {
    return PITCHES.map((label, row) => ({ position: (row + 0.5) / CHROMA_BINS, label }))
  }
  const { bands } = preset.mel
  return [0, 0.25, 0.5, 0.75, 1].map((position) => ({
    position,
    label: String(Math.round(position * (bands - 1))),
  }))
}
