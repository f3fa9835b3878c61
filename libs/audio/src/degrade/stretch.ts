/** Samples that are moved as one piece: 46 ms at 22,050 Hz, longer than a period of anything audible. */
const FRAME = 1024
const HOP = FRAME / 2
/** How far a piece may be shifted to continue the one before it. */
const REACH = 200
/** Every so many samples are compared, and at first every so many starts are tried: a sixteenth of the work. */
const STRIDE = 4

/**
 * Changes the tempo and leaves the pitch, by waveform similarity overlap-add (Verhelst and Roelands 1993): pieces of
 * the sound are laid out closer together or further apart, each taken from where it best continues the one before.
 *
 * @param samples - mono
 * @param tempo - 1.05 plays 5 % faster, so that the result is 5 % shorter
 */
export const stretch = (samples: Float32Array, tempo: number): Float32Array => {
  const length = Math.round(samples.length / tempo)
  const output = new Float32Array(length + FRAME)
  let from = 0
  for (let to = 0; to < length; to += HOP) {
    const wanted = Math.round(to * tempo)
    from = to === 0 ? 0 : bestStart(samples, wanted, from + HOP)
    for (let at = 0; at < FRAME; at++) {
      const weight = 0.5 - 0.5 * Math.cos((2 * Math.PI * (at + 0.5)) / FRAME)
      output[to + at]! += weight * (samples[from + at] ?? 0)
    }
  }
  return output.subarray(0, length)
}

/** Start near `wanted` whose samples are most like those at `natural`, where the piece before would go on. */
const bestStart = (samples: Float32Array, wanted: number, natural: number): number => {
  const last = Math.max(0, samples.length - FRAME)
  const model = samples.subarray(natural, natural + FRAME)
  const search = (middle: number, reach: number, step: number): number => {
    let best = Math.min(last, middle)
    let bestLikeness = -Infinity
    const end = Math.min(last, middle + reach)
    for (let start = Math.max(0, middle - reach); start <= end; start += step) {
      let likeness = 0
      for (let at = 0; at < model.length; at += STRIDE)
        likeness += samples[start + at]! * model[at]!
      if (likeness > bestLikeness) {
        bestLikeness = likeness
        best = start
      }
    }
    return best
  }
  return search(search(wanted, REACH, STRIDE), STRIDE - 1, 1)
}
