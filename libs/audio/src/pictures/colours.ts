/** Stops of the "inferno" colour map, evenly spaced from dark to light. Source: van der Walt and Smith, matplotlib, CC0. */
const STOPS = [
  [0, 0, 4],
  [31, 12, 72],
  [85, 15, 109],
  [136, 34, 106],
  [186, 54, 85],
  [227, 89, 51],
  [249, 140, 10],
  [249, 201, 50],
  [252, 255, 164],
] as const

/** Colour of each level 0 … 255 as red, green, blue. */
export const inferno: readonly (readonly [number, number, number])[] = Array.from(
  { length: 256 },
  (_, level) => {
    const position = (level / 255) * (STOPS.length - 1)
    const below = STOPS[Math.floor(position)]!
    const above = STOPS[Math.ceil(position)]!
    const fraction = position - Math.floor(position)
    const mix = (channel: 0 | 1 | 2): number =>
      Math.round(below[channel] + (above[channel] - below[channel]) * fraction)
    return [mix(0), mix(1), mix(2)]
  },
)
