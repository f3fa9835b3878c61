import { encode } from 'fast-png'
import type { Preset } from '../presets.ts'
import { inferno } from './colours.ts'

/**
 * A mel image as a PNG, low frequencies at the bottom, time to the right, loud parts light.
 *
 * @param image - as from `melImage`
 */
export const picturePng = (image: Uint8Array, preset: Preset): Uint8Array => {
  const { bands, columns } = preset.mel
  const data = new Uint8Array(bands * columns * 3)
  for (let row = 0; row < bands; row++) {
    const band = bands - 1 - row
    for (let column = 0; column < columns; column++) {
      data.set(inferno[image[band * columns + column]!]!, (row * columns + column) * 3)
    }
  }
  return encode({ width: columns, height: bands, data, channels: 3 })
}
