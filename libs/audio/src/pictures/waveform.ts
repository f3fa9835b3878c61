import type { Preset } from '../presets.ts'
import type { Colour } from './canvas.ts'
import { drawPlot, secondTicks } from './plot.ts'

/** A part of a track. */
export interface WaveformStretch {
  readonly startSeconds: number
  readonly seconds: number
}

const WIDTH = 1024
const HEIGHT = 256
const FULL_SCALE = 32_768
/** Behind fewer samples per pixel than this there is a line to see, and no level. */
const SAMPLES_FOR_AVERAGE = 64
const EMPTY: Colour = [0, 0, 4]
const PEAK: Colour = [186, 54, 85]
const BODY: Colour = [249, 140, 10]

/**
 * Amplitude over time: the range of the samples behind each pixel, and their root mean square in a lighter colour.
 *
 * @param stretch - by default all of it; kept inside the track, and at least one sample per pixel long
 */
export const waveformPng = (
  pcm: Int16Array,
  preset: Preset,
  stretch?: WaveformStretch,
): Uint8Array => {
  const { sampleRateHz } = preset.pcm
  const shown = withinTrack(stretch, pcm.length / sampleRateHz, WIDTH / sampleRateHz)
  const columns = Array.from({ length: WIDTH }, (_, x) => {
    const from = Math.floor((shown.startSeconds + (shown.seconds * x) / WIDTH) * sampleRateHz)
    const to = Math.floor((shown.startSeconds + (shown.seconds * (x + 1)) / WIDTH) * sampleRateHz)
    // One sample back, so that each pixel's range meets its neighbour's and a slope has no gaps.
    return extent(pcm.subarray(Math.max(0, from - 1), Math.max(from + 1, to)))
  })
  return drawPlot({
    width: WIDTH,
    height: HEIGHT,
    xTicks: secondTicks(shown.startSeconds, shown.seconds),
    yTicks: [-1, -0.5, 0, 0.5, 1].map((level) => ({
      position: (level + 1) / 2,
      label: level.toFixed(1),
    })),
    colourAt: (x, y) => {
      const { lowest, highest, body } = columns[x]!
      const level = ((y + 0.5) / HEIGHT) * 2 - 1
      if (Math.abs(level) <= body) return BODY
      const halfPixel = 1 / HEIGHT
      return level >= lowest - halfPixel && level <= highest + halfPixel ? PEAK : EMPTY
    },
  })
}

const withinTrack = (
  stretch: WaveformStretch | undefined,
  length: number,
  shortest: number,
): WaveformStretch => {
  if (stretch === undefined) return { startSeconds: 0, seconds: length }
  const seconds = Math.min(length, Math.max(shortest, stretch.seconds))
  const startSeconds = Math.max(0, Math.min(length - seconds, stretch.startSeconds))
  return { startSeconds, seconds }
}

const extent = (samples: Int16Array): { lowest: number; highest: number; body: number } => {
  let lowest = FULL_SCALE
  let highest = -FULL_SCALE
  let squares = 0
  for (const sample of samples) {
    if (sample < lowest) lowest = sample
    if (sample > highest) highest = sample
    squares += sample * sample
  }
  const averaged = samples.length >= SAMPLES_FOR_AVERAGE
  const body = averaged ? Math.sqrt(squares / samples.length) / FULL_SCALE : 0
  return { lowest: lowest / FULL_SCALE, highest: highest / FULL_SCALE, body }
}
