import type { Preset } from '../presets.ts'
import { createCanvas, type Colour } from './canvas.ts'
import { bothSides, inferno } from './colours.ts'
import { centreNote, planeOf, shownSeconds, type Plane, type PlaneKind } from './planes.ts'
import { drawPlot, type Plot, type Tick } from './plot.ts'
import { evenTicks, melTicks, secondTicks } from './ticks.ts'
import { waveformPng, type WaveformStretch } from './waveform.ts'

export const pictureKinds = ['waveform', 'mel', 'mfcc', 'chroma', 'composite'] as const
export type PictureKind = (typeof pictureKinds)[number]

const WIDTH = 1024
const LEAST_HEIGHT = 384
const RED_INK: Colour = [255, 150, 140]
const GREEN_INK: Colour = [130, 235, 140]
const BLUE_INK: Colour = [150, 175, 255]
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
  canvas.paint(0, 0, columns, bands, (column, y) =>
    inferno(image[(bands - 1 - y) * columns + column]! / 255),
  )
  return canvas.png()
}

/**
 * A picture of a track with axes in seconds and in what is shown: Hz, coefficients, pitch classes or amplitude.
 * It shows what is there: a track shorter than the preset's window fills the picture once, under its own seconds.
 * The composite has the mel spectrogram in red, the size of MFCC in green and chroma in blue, each with an axis in its
 * colour.
 *
 * @param pcm - as for `melImage`, at least one sample
 * @param stretch - part that a waveform shows; the other kinds show all
 */
export const soundPicturePng = (
  pcm: Int16Array,
  preset: Preset,
  kind: PictureKind,
  stretch?: WaveformStretch,
): Uint8Array => {
  if (kind === 'waveform') return waveformPng(pcm, preset, stretch)
  const xTicks = secondTicks(0, shownSeconds(pcm, preset))
  const plane = (each: PlaneKind): Plane => planeOf(each, pcm, preset)
  const plot =
    kind === 'composite'
      ? compositePlot(plane('mel'), plane('mfcc'), plane('chroma'))
      : planePlots[kind](plane(kind))
  const yTicks = kind === 'mel' || kind === 'composite' ? melTicks(preset) : rowTicks(plot.rows)
  const title = plot.title + centreNote(pcm, preset)
  return drawPlot({ ...plot, title, width: WIDTH, xTicks, yTicks })
}

type PlanePlot = Omit<Plot, 'width' | 'xTicks' | 'yTicks'> & { readonly rows: number }

const planePlots: Readonly<Record<PlaneKind, (plane: Plane) => PlanePlot>> = {
  mel: (plane) => ({
    ...coloured(plane, inferno),
    title: 'mel spectrogram, dB below the loudest',
    bar: {
      colourOf: inferno,
      ticks: evenTicks(plane.low - plane.high, 0, 4, (dB) => `${Math.round(dB)} dB`),
    },
  }),
  mfcc: (plane) => ({
    ...coloured(plane, bothSides),
    title: 'MFCC, each coefficient by its number',
    bar: {
      colourOf: bothSides,
      ticks: evenTicks(plane.low, plane.high, 4, (value) => value.toFixed(1)),
    },
  }),
  chroma: (plane) => ({
    ...coloured(plane, inferno),
    title: 'chroma, each pitch class beside the strongest',
    bar: { colourOf: inferno, ticks: evenTicks(0, 1, 4) },
  }),
}

const coloured = (
  plane: Plane,
  colourOf: typeof inferno,
): Pick<PlanePlot, 'rows' | 'height' | 'colourAt'> => {
  const height = heightOf(plane.rows)
  const share = shareIn(plane, height)
  return { rows: plane.rows, height, colourAt: (x, y) => colourOf(share(x, y)) }
}

/** Squares and fourth powers darken what is usual, so that the three colours do not add up to grey. */
const compositePlot = (mel: Plane, mfcc: Plane, chroma: Plane): PlanePlot => {
  const height = heightOf(mel.rows)
  const [red, green, blue] = [mel, mfcc, chroma].map((plane) => shareIn(plane, height))
  return {
    title: 'red is mel in Hz, green is MFCC, blue is chroma',
    rows: mel.rows,
    height,
    yColour: RED_INK,
    furtherAxes: [
      { ticks: pitchTicks(), colour: BLUE_INK },
      {
        ticks: evenTicks(0, mfcc.rows - 1, 4, (row) => String(Math.round(row))),
        colour: GREEN_INK,
      },
    ],
    colourAt: (x, y) => [
      255 * red!(x, y) ** 2,
      // The middle is zero: what counts is how far a coefficient is from it.
      255 * Math.abs(2 * green!(x, y) - 1),
      255 * blue!(x, y) ** 4,
    ],
  }
}

/** A whole number of pixels for each row, so that all rows are of one height. */
const heightOf = (rows: number): number => rows * Math.ceil(LEAST_HEIGHT / rows)

/** The share of a plane behind each pixel of the plotting area. */
const shareIn = (
  { shares, rows, columns }: Plane,
  height: number,
): ((x: number, y: number) => number) => {
  const columnOf = Uint16Array.from({ length: WIDTH }, (_, x) => (x / WIDTH) * columns)
  const rowOf = Uint16Array.from({ length: height }, (_, y) => (y / height) * rows)
  return (x, y) => shares[columnOf[x]! * rows + rowOf[y]!]!
}

const rowTicks = (rows: number): Tick[] =>
  rows === PITCHES.length
    ? pitchTicks()
    : evenTicks(0, rows - 1, 4, (row) => `no. ${Math.round(row)}`)

const pitchTicks = (): Tick[] =>
  PITCHES.map((label, row) => ({ position: (row + 0.5) / PITCHES.length, label }))
