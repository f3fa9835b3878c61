import { createCanvas, drawPlot, inferno, type Colour, type Tick } from '@soundalike/audio'
import type { Reconstruction, TrainedModel } from '@soundalike/model'

/**
 * How training went, for people: the losses of every epoch as JSON and as a curve, and crops that were kept from
 * training beside what the decoder makes of them.
 *
 * @returns files to be kept with the bundle, by name
 */
export const reportFiles = ({
  manifest,
  reconstructions,
}: TrainedModel): Record<string, Uint8Array> => {
  const curve = manifest.epochs.map(
    ({ epoch, loss, validationLoss, cropsPerSecond, seconds }): Point => {
      return { epoch, loss, validationLoss, cropsPerSecond, seconds }
    },
  )
  const errors = reconstructions.map(({ error }) => error)
  return {
    'training.json': Buffer.from(JSON.stringify({ epochs: curve, reconstructionErrors: errors })),
    'curve.png': curvePng(curve),
    'reconstructions.png': reconstructionsPng(reconstructions),
  }
}

/** One epoch. */
interface Point {
  readonly epoch: number
  readonly loss: number
  readonly validationLoss: number
  readonly cropsPerSecond: number
  readonly seconds: number
}

const WIDTH = 720
const HEIGHT = 300
const LINE = 2
const EMPTY: Colour = [0, 0, 4]
const TRAINING: Colour = [186, 54, 85]
const VALIDATION: Colour = [249, 201, 50]
const MOST_TICKS = 10
const LOSS_TICKS = 5

/** Loss by epoch: training red, validation yellow. */
const curvePng = (points: readonly Point[]): Uint8Array => {
  const losses = points.flatMap(({ loss, validationLoss }) => [loss, validationLoss])
  const [low, high] = [Math.min(...losses), Math.max(...losses)]
  const heightOf = (loss: number): number => ((loss - low) / (high - low || 1)) * (HEIGHT - 1)
  const curves = [
    { colour: VALIDATION, heights: points.map((point) => heightOf(point.validationLoss)) },
    { colour: TRAINING, heights: points.map((point) => heightOf(point.loss)) },
  ]
  return drawPlot({
    title: 'loss by epoch, of training in red, of validation in yellow',
    width: WIDTH,
    height: HEIGHT,
    xTicks: epochTicks(points),
    yTicks: Array.from({ length: LOSS_TICKS }, (_, tick) => {
      const position = tick / (LOSS_TICKS - 1)
      return { position, label: (low + position * (high - low)).toPrecision(3) }
    }),
    colourAt: (x, y) => curves.find(({ heights }) => isOn(heights, x, y))?.colour ?? EMPTY,
  })
}

const epochTicks = (points: readonly Point[]): Tick[] => {
  const step = Math.ceil(points.length / MOST_TICKS)
  const last = Math.max(1, points.length - 1)
  return points
    .map(({ epoch }, place) => ({ position: place / last, label: String(epoch) }))
    .filter((_, place) => place % step === 0)
}

/** Whether a pixel lies on the line through the heights, which stand evenly spaced; as tall as the line is steep. */
const isOn = (heights: readonly number[], x: number, y: number): boolean => {
  const at = (column: number): number => {
    const place = (Math.max(0, Math.min(WIDTH - 1, column)) / (WIDTH - 1)) * (heights.length - 1)
    const before = heights[Math.floor(place)] ?? 0
    const after = heights[Math.ceil(place)] ?? before
    return before + (place - Math.floor(place)) * (after - before)
  }
  const [left, right] = [at(x - 0.5), at(x + 0.5)]
  return y >= Math.min(left, right) - LINE && y <= Math.max(left, right) + LINE
}

const GAP = 4
const BACKGROUND: Colour = [16, 16, 20]

/** Crops above, what the decoder makes of each below it. */
const reconstructionsPng = (reconstructions: readonly Reconstruction[]): Uint8Array => {
  const side = Math.sqrt(reconstructions[0]?.crop.length ?? 0)
  const places = (count: number): number => count * (side + GAP) + GAP
  const canvas = createCanvas(places(reconstructions.length), places(2), BACKGROUND)
  const draw = (image: Uint8Array, column: number, row: number): void => {
    image.forEach((level, at) => {
      const band = Math.floor(at / side)
      const x = places(column) + (at % side)
      canvas.fill(x, places(row) + side - 1 - band, 1, 1, inferno(level / 255))
    })
  }
  reconstructions.forEach(({ crop, drawn }, column) => {
    draw(crop, column, 0)
    draw(drawn, column, 1)
  })
  return canvas.png()
}
