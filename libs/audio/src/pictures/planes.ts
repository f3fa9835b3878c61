import { windowSamples, type Preset } from '../presets.ts'
import { CHROMA_BINS, chroma } from '../spectrum/chroma.ts'
import { melEngine } from '../spectrum/mel.ts'
import { mfcc } from '../spectrum/mfcc.ts'
import { shrinkTime } from '../spectrum/shrink.ts'

export type PlaneKind = 'mel' | 'mfcc' | 'chroma'

/** A track over time and something else, ready to be coloured. */
export interface Plane {
  readonly rows: number
  readonly columns: number
  /** The values that the shares 0 and 1 stand for. */
  readonly low: number
  readonly high: number
  /** Values as shares of the way from low to high, 0…1: one column after the other, lowest row first. */
  readonly shares: Float32Array
}

/** How much of a track there is to be seen, in seconds: all of it up to the preset's window. */
export const shownSeconds = (pcm: Int16Array, preset: Preset): number =>
  Math.min(pcm.length, windowSamples(preset)) / preset.pcm.sampleRateHz

/** What a title says of sound that fills the preset's window: seconds on its axis do not begin where the track does. */
export const centreNote = (pcm: Int16Array, preset: Preset): string =>
  pcm.length < windowSamples(preset) ? '' : `, of the centre ${preset.pcm.windowSeconds} s`

/**
 * One plane of a track: levels in dB, coefficients, or energy in pitch classes. A track shorter than the window gives
 * the frames it has, without the repetitions that fill a mel image.
 *
 * @param pcm - as for `melImage`, at least one sample
 */
export const planeOf = (kind: PlaneKind, pcm: Int16Array, preset: Preset): Plane => {
  const { bands, hopSamples } = preset.mel
  const rows = kind === 'chroma' ? CHROMA_BINS : bands
  const frames = Math.ceil(Math.min(pcm.length, windowSamples(preset)) / hopSamples)
  const values = valuesOf(kind, pcm, preset).subarray(0, frames * rows)
  const columns = Math.min(frames, preset.mel.columns)
  const shown = columns < frames ? shrinkTime(values, rows, columns) : values
  const [low, high] = rangeOf(kind, values, preset)
  return {
    rows,
    columns,
    low,
    high,
    shares: shown.map((value) => {
      const share = (value - low) / (high - low)
      return share < 0 ? 0 : share > 1 ? 1 : share
    }),
  }
}

const valuesOf = (kind: PlaneKind, pcm: Int16Array, preset: Preset): Float32Array => {
  if (kind === 'mel') return melEngine(preset).levels(pcm)
  return kind === 'mfcc' ? mfcc(pcm, preset) : chroma(pcm, preset)
}

const rangeOf = (kind: PlaneKind, values: Float32Array, preset: Preset): [number, number] => {
  if (kind === 'chroma') return [0, 1]
  if (kind === 'mfcc') {
    const most = usualSize(values, preset.mel.bands)
    return [-most, most]
  }
  const loudest = values.reduce((a, b) => (b > a ? b : a), -Infinity)
  return [loudest + preset.mel.floorDb, loudest]
}

/** What all but the largest values stay within; coefficient 0 is the loudness and dwarfs the others. */
const usualSize = (values: Float32Array, rows: number): number => {
  const sizes = values
    .filter((_, index) => index % rows !== 0)
    .map(Math.abs)
    .sort()
  return sizes[Math.floor(0.98 * (sizes.length - 1))] || 1
}
