import { createCanvas, TEXT_HEIGHT, textWidth, type Canvas, type Colour } from './canvas.ts'

const BACKGROUND: Colour = [16, 16, 20]
const INK: Colour = [205, 205, 215]
const FRAME: Colour = [75, 75, 88]
const MARGIN = { left: 100, right: 128, top: 36, bottom: 36 }
const TICK_LENGTH = 6
const TEXT_GAP = 6
const BAR = { gap: 20, width: 16 }
const FURTHER_AXIS_WIDTH = 60

/** A labelled place on an axis, as a share of its length from the origin at the lower left. */
export interface Tick {
  readonly position: number
  readonly label: string
}

/** What the colours of a plot stand for, from the lowest at the bottom to the highest. */
export interface ColourBar {
  readonly colourOf: (share: number) => Colour
  readonly ticks: readonly Tick[]
}

/** Marks on the right of a plot, for what its colours share the area with. */
export interface FurtherAxis {
  readonly ticks: readonly Tick[]
  readonly colour: Colour
}

export interface Plot {
  readonly title: string
  readonly width: number
  readonly height: number
  readonly xTicks: readonly Tick[]
  readonly yTicks: readonly Tick[]
  /** Colour of the labels of the axis on the left. */
  readonly yColour?: Colour
  /** At most two, with labels of up to three characters. */
  readonly furtherAxes?: readonly FurtherAxis[]
  /** Colour of a pixel of the plotting area; y counts upwards from the bottom. */
  readonly colourAt: (x: number, y: number) => Colour
  readonly bar?: ColourBar
}

/** Draws a plot with its title and axes. */
export const drawPlot = (plot: Plot): Uint8Array => {
  const { title, width, height, xTicks, yTicks, yColour = INK, colourAt, bar } = plot
  const canvas = createCanvas(
    MARGIN.left + width + MARGIN.right,
    MARGIN.top + height + MARGIN.bottom,
    BACKGROUND,
  )
  canvas.text(MARGIN.left, (MARGIN.top - TEXT_HEIGHT) / 2, title, INK)
  drawArea(canvas, MARGIN.left, width, height, colourAt)
  for (const { position, label } of xTicks) {
    const x = MARGIN.left + Math.round(position * (width - 1))
    canvas.fill(x, MARGIN.top + height + 1, 1, TICK_LENGTH, INK)
    const y = MARGIN.top + height + TICK_LENGTH + TEXT_GAP
    canvas.text(Math.round(x - textWidth(label) / 2), y, label, INK)
  }
  for (const { position, label } of yTicks) {
    const y = rowOf(position, height)
    canvas.fill(MARGIN.left - 1 - TICK_LENGTH, y, TICK_LENGTH, 1, INK)
    const x = MARGIN.left - 1 - TICK_LENGTH - TEXT_GAP - textWidth(label)
    canvas.text(x, y - TEXT_HEIGHT / 2, label, yColour)
  }
  plot.furtherAxes?.forEach((axis, index) => {
    const x = MARGIN.left + width + 1 + index * FURTHER_AXIS_WIDTH
    drawRightTicks(canvas, x, height, axis.ticks, axis.colour)
  })
  if (bar !== undefined) drawBar(canvas, MARGIN.left + width + BAR.gap, height, bar)
  return canvas.png()
}

const rowOf = (position: number, height: number): number =>
  MARGIN.top + height - 1 - Math.round(position * (height - 1))

const drawArea = (
  canvas: Canvas,
  left: number,
  width: number,
  height: number,
  colourAt: Plot['colourAt'],
): void => {
  canvas.fill(left - 1, MARGIN.top - 1, width + 2, height + 2, FRAME)
  canvas.paint(left, MARGIN.top, width, height, (x, y) => colourAt(x, height - 1 - y))
}

const drawBar = (canvas: Canvas, left: number, height: number, bar: ColourBar): void => {
  drawArea(canvas, left, BAR.width, height, (_, y) => bar.colourOf((y + 0.5) / height))
  drawRightTicks(canvas, left + BAR.width + 1, height, bar.ticks, INK)
}

const drawRightTicks = (
  canvas: Canvas,
  x: number,
  height: number,
  ticks: readonly Tick[],
  colour: Colour,
): void => {
  for (const { position, label } of ticks) {
    const y = rowOf(position, height)
    canvas.fill(x, y, TICK_LENGTH, 1, colour)
    canvas.text(x + TICK_LENGTH + TEXT_GAP, y - TEXT_HEIGHT / 2, label, colour)
  }
}
