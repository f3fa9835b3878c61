interface Shelf {
  readonly kind: 'low' | 'high'
  readonly cornerHz: number
  readonly gainDb: number
}

/** A gentle tilt, as a small loudspeaker has it: less bass, more treble. */
const shelves: readonly Shelf[] = [
  { kind: 'low', cornerHz: 250, gainDb: -4 },
  { kind: 'high', cornerHz: 3_000, gainDb: 4 },
]

/** @param samples - mono */
export const equalise = (samples: Float32Array, sampleRateHz: number): Float32Array =>
  shelves.reduce((sound, shelf) => throughShelf(sound, shelf, sampleRateHz), samples)

/** Shelving filter with slope 1 (Bristow-Johnson, Cookbook formulae for audio EQ biquad filter coefficients). */
const throughShelf = (
  samples: Float32Array,
  { kind, cornerHz, gainDb }: Shelf,
  sampleRateHz: number,
): Float32Array => {
  const amplitude = 10 ** (gainDb / 40)
  const turn = (2 * Math.PI * cornerHz) / sampleRateHz
  // The high shelf is the low one with the frequency axis turned round.
  const cosine = kind === 'low' ? Math.cos(turn) : -Math.cos(turn)
  const sign = kind === 'low' ? 1 : -1
  const width = Math.sqrt(2 * amplitude) * Math.sin(turn)
  const [up, down] = [amplitude + 1, amplitude - 1]
  const b0 = amplitude * (up - down * cosine + width)
  const b1 = sign * 2 * amplitude * (down - up * cosine)
  const b2 = amplitude * (up - down * cosine - width)
  const a0 = up + down * cosine + width
  const a1 = sign * -2 * (down + up * cosine)
  const a2 = up + down * cosine - width
  let [x1, x2, y1, y2] = [0, 0, 0, 0]
  return samples.map((x) => {
    const y = (b0 * x + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2) / a0
    ;[x2, x1, y2, y1] = [x1, x, y1, y]
    return y
  })
}
