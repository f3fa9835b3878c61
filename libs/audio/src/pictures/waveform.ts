import type { Preset } from '../presets.ts'
import type { Colour } from './canvas.ts'
import { centreNote } from './planes.ts'
import { drawPlot } from './plot.ts'
import { evenTicks, secondTicks } from './ticks.ts'

/** A part of a track. */
export interface WaveformStretch {
  readonly startSeconds: number
  readonly seconds: number
}

const WIDTH = 1024
const HEIGHT = 256
const FULL_SCALE = 32_768
/** Closer than this there is nothing more to see. */
const SHORTEST_SAMPLES = 32
/** Behind fewer samples per pixel than this there is a line to see, and no level. */
const SAMPLES_FOR_AVERAGE = 64
/** Half the thickness of the line, in shares of full scale. */
const HALF_LINE = 2 / HEIGHT
const EMPTY: Colour = [0, 0, 4]
const ZERO: Colour = [48, 48, 60]
const PEAK: Colour = [186, 54, 85]
const BODY: Colour = [249, 140, 10]

/**
 * Amplitude over time: the range of the samples behind each pixel, and their root mean square in a lighter colour.
 * Closer in, the line through the samples.
 *
 * @param pcm - at least one sample
 * @param stretch - by default all of it; kept inside the track, and 32 samples long at least
 */
export const waveformPng = (
  pcm: Int16Array,
  preset: Preset,
  stretch?: WaveformStretch,
): Uint8Array => {
  const { sampleRateHz } = preset.pcm
  const shown = withinTrack(stretch, pcm.length / sampleRateHz, SHORTEST_SAMPLES / sampleRateHz)
  const samplesPerPixel = (shown.seconds * sampleRateHz) / WIDTH
  const averaged = samplesPerPixel >= SAMPLES_FOR_AVERAGE
  const columns = Array.from({ length: WIDTH }, (_, x) => {
    const from = shown.startSeconds * sampleRateHz + x * samplesPerPixel
    return extent(pcm, from, from + samplesPerPixel)
  })
  return drawPlot({
    title: (averaged ? 'waveform, peaks and level' : 'waveform') + centreNote(pcm, preset),
    width: WIDTH,
    height: HEIGHT,
    xTicks: secondTicks(shown.startSeconds, shown.seconds),
    yTicks: evenTicks(-1, 1, 4, (level) => level.toFixed(1)),
    colourAt: (x, y) => {
      const { lowest, highest, body } = columns[x]!
      const level = ((y + 0.5) / HEIGHT) * 2 - 1
      const touched = level >= lowest - HALF_LINE && level <= highest + HALF_LINE
      if (touched) return averaged && Math.abs(level) > body ? PEAK : BODY
      return y === HEIGHT / 2 ? ZERO : EMPTY
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

/** What lies between two places, which may be between samples, in shares of full scale. */
const extent = (
  pcm: Int16Array,
  from: number,
  to: number,
): { lowest: number; highest: number; body: number } => {
  // The line's ends at both edges, so that each pixel's range meets its neighbour's and a slope has no gaps.
  const edges = [lineAt(pcm, from), lineAt(pcm, to)]
  const samples = pcm.subarray(Math.ceil(from), Math.ceil(to))
  let [lowest, highest] = [Math.min(...edges), Math.max(...edges)]
  let squares = 0
  for (const sample of samples) {
    if (sample < lowest) lowest = sample
    if (sample > highest) highest = sample
    squares += sample * sample
  }
  const body = Math.sqrt(squares / Math.max(1, samples.length)) / FULL_SCALE
  return { lowest: lowest / FULL_SCALE, highest: highest / FULL_SCALE, body }
}

/** The straight line through two neighbouring samples at a place between them. */
const lineAt = (pcm: Int16Array, place: number): number => {
  const before = Math.min(Math.floor(place), pcm.length - 1)
  const after = Math.min(before + 1, pcm.length - 1)
  return pcm[before]! + (pcm[after]! - pcm[before]!) * (place - before)
}
