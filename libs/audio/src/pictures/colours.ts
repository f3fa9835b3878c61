import type { Colour } from './canvas.ts'

/** Evenly spaced stops from low to high; colours between them are mixed. */
const colourMap = (stops: readonly Colour[]): ((share: number) => Colour) => {
  const mixed = Array.from({ length: 256 }, (_, level): Colour => {
    const position = (level / 255) * (stops.length - 1)
    const below = stops[Math.floor(position)]!
    const above = stops[Math.ceil(position)]!
    const fraction = position - Math.floor(position)
    const mix = (channel: 0 | 1 | 2): number =>
      Math.round(below[channel] + (above[channel] - below[channel]) * fraction)
    return [mix(0), mix(1), mix(2)]
  })
  return (share) => mixed[(share * 255 + 0.5) | 0]!
}

/** "inferno", dark to light, for amounts: a share 0…1 to its colour. Source: van der Walt and Smith, matplotlib, CC0. */
export const inferno = colourMap([
  [0, 0, 4],
  [31, 12, 72],
  [85, 15, 109],
  [136, 34, 106],
  [186, 54, 85],
  [227, 89, 51],
  [249, 140, 10],
  [249, 201, 50],
  [252, 255, 164],
])

/** Blue over black to orange, for what lies on both sides of zero: a share 0…1 to its colour, 0.5 the zero. */
export const bothSides = colourMap([
  [166, 210, 255],
  [62, 130, 205],
  [24, 58, 105],
  [10, 12, 18],
  [112, 48, 16],
  [219, 116, 36],
  [255, 214, 150],
])
