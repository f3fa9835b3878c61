import { createCanvas, TEXT_HEIGHT, textWidth, type Canvas, type Colour } from './canvas.ts'

const BACKGROUND: Colour = [16, 16, 20]
const INK: Colour = [190, 190, 200]
const GRID: Colour = [60, 60, 70]
const MARGIN = { left: 64, right: 24, top: 12, bottom: 28 }
const TICK_LENGTH = 5
const LARGEST_NUMBER_OF_TICKS = 12

/** A labelled place on an axis, as a share of its length from the origin at the lower left. */
export interface Tick {
  readonly position: number
  readonly label: string
}

export interface Plot {
  readonly width: number
  readonly height: number
  readonly xTicks: readonly Tick[]
  readonly yTicks: readonly Tick[]
  /** Colour of a pixel of the plotting area; y counts upwards from the bottom. */
  readonly colourAt: (x: number, y: number) => Colour
}

/** Draws a plot with its axes. */
export const drawPlot = (plot: Plot): Uint8Array => {
  const { width, height, xTicks, yTicks, colourAt } = plot
  const canvas = createCanvas(
    MARGIN.left + width + MARGIN.right,
    MARGIN.top + height + MARGIN.bottom,
    BACKGROUND,
  )
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      canvas.fill(MARGIN.left + x, MARGIN.top + height - 1 - y, 1, 1, colourAt(x, y))
    }
  }
  drawFrame(canvas, width, height)
  for (const { position, label } of xTicks) {
    const x = MARGIN.left + Math.round(position * (width - 1))
    canvas.fill(x, MARGIN.top + height, 1, TICK_LENGTH, INK)
    canvas.text(x - textWidth(label) / 2, MARGIN.top + height + TICK_LENGTH + 4, label, INK)
  }
  for (const { position, label } of yTicks) {
    const y = MARGIN.top + height - 1 - Math.round(position * (height - 1))
    canvas.fill(MARGIN.left - TICK_LENGTH, y, TICK_LENGTH, 1, INK)
    canvas.text(MARGIN.left - TICK_LENGTH - 4 - textWidth(label), y - TEXT_HEIGHT / 2, label, INK)
  }
  return canvas.png()
}

const drawFrame = (canvas: Canvas, width: number, height: number): void => {
  const { left, top } = MARGIN
  canvas.fill(left - 1, top - 1, width + 2, 1, GRID)
  canvas.fill(left - 1, top + height, width + 2, 1, GRID)
  canvas.fill(left - 1, top - 1, 1, height + 2, GRID)
  canvas.fill(left + width, top - 1, 1, height + 2, GRID)
}

/** Ticks in seconds at a round distance, from a start over a length. */
export const secondTicks = (startSeconds: number, seconds: number): Tick[] => {
  const steps = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60]
  const step = steps.find((each) => seconds / each <= LARGEST_NUMBER_OF_TICKS) ?? 60
  const first = Math.ceil(startSeconds / step - 1e-9)
  const last = Math.floor((startSeconds + seconds) / step + 1e-9)
  return Array.from({ length: last - first + 1 }, (_, i) => {
    const at = Number(((first + i) * step).toFixed(3))
    return { position: (at - startSeconds) / seconds, label: `${at} s` }
  })
}

/** A frequency as people write it. */
export const hertz = (hz: number): string => (hz < 1_000 ? `${hz} Hz` : `${hz / 1_000} kHz`)
