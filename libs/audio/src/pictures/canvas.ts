import { encode } from 'fast-png'
import { GLYPH_COLUMNS, GLYPH_ROWS, inked } from './font.ts'

export type Colour = readonly [red: number, green: number, blue: number]

const TEXT_SCALE = 2
/** Height of a line of text in pixels. */
export const TEXT_HEIGHT = GLYPH_ROWS * TEXT_SCALE

/** Width of a text in pixels. */
export const textWidth = (text: string): number => text.length * (GLYPH_COLUMNS + 1) * TEXT_SCALE

/** Pixels to draw on; x to the right, y downwards. */
export interface Canvas {
  readonly width: number
  readonly height: number
  /** Fills a rectangle; what lies outside the canvas is left out. */
  fill(x: number, y: number, width: number, height: number, colour: Colour): void
  /** Colours every pixel of a rectangle inside the canvas; `colourAt` counts from its upper left. */
  paint(
    x: number,
    y: number,
    width: number,
    height: number,
    colourAt: (x: number, y: number) => Colour,
  ): void
  text(x: number, y: number, text: string, colour: Colour): void
  /** The picture as PNG. */
  png(): Uint8Array
}

/** A canvas of one colour. */
export const createCanvas = (width: number, height: number, background: Colour): Canvas => {
  const data = new Uint8Array(width * height * 3)
  const fill: Canvas['fill'] = (x, y, fillWidth, fillHeight, colour) => {
    for (let row = Math.max(0, y); row < Math.min(height, y + fillHeight); row++) {
      for (let column = Math.max(0, x); column < Math.min(width, x + fillWidth); column++) {
        data.set(colour, (row * width + column) * 3)
      }
    }
  }
  fill(0, 0, width, height, background)
  return {
    width,
    height,
    fill,
    paint: (left, top, paintWidth, paintHeight, colourAt) => {
      for (let y = 0; y < paintHeight; y++) {
        let at = ((top + y) * width + left) * 3
        for (let x = 0; x < paintWidth; x++) {
          const colour = colourAt(x, y)
          data[at++] = colour[0]
          data[at++] = colour[1]
          data[at++] = colour[2]
        }
      }
    },
    text: (x, y, text, colour) => {
      Array.from(text).forEach((character, index) => {
        const left = x + index * (GLYPH_COLUMNS + 1) * TEXT_SCALE
        for (let cell = 0; cell < GLYPH_COLUMNS * GLYPH_ROWS; cell++) {
          const column = cell % GLYPH_COLUMNS
          const row = (cell - column) / GLYPH_COLUMNS
          if (!inked(character, column, row)) continue
          fill(left + column * TEXT_SCALE, y + row * TEXT_SCALE, TEXT_SCALE, TEXT_SCALE, colour)
        }
      })
    },
    png: () => encode({ width, height, data, channels: 3 }),
  }
}
