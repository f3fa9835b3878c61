import type { Preset } from '../presets.ts'
import { hzToMel } from '../spectrum/mel-filters.ts'
import type { Tick } from './plot.ts'

const MOST_TICKS = 8
const STEPS_SECONDS = [1e-4, 1e-3, 1e-2, 1e-1, 1, 10].flatMap((step) => [step, 2 * step, 5 * step])
const MARKED_HZ = [0, 250, 500, 1_000, 2_000, 4_000, 8_000, 16_000]

/** Ticks in seconds at a round distance, from a start over a length. */
export const secondTicks = (startSeconds: number, seconds: number): Tick[] => {
  const step = STEPS_SECONDS.find((each) => seconds / each <= MOST_TICKS) ?? seconds / MOST_TICKS
  const first = Math.ceil(startSeconds / step - 1e-6)
  const last = Math.floor((startSeconds + seconds) / step + 1e-6)
  return Array.from({ length: last - first + 1 }, (_, i) => {
    const at = Number(((first + i) * step).toFixed(4))
    return { position: (at - startSeconds) / seconds, label: `${at} s` }
  })
}

/** Ticks in Hz on the mel scale of a preset. */
export const melTicks = ({ mel }: Preset): Tick[] => {
  const [low, high] = [hzToMel(mel.minHz), hzToMel(mel.maxHz)]
  return MARKED_HZ.filter((hz) => hz >= mel.minHz && hz <= mel.maxHz).map((hz) => ({
    position: (hzToMel(hz) - low) / (high - low),
    label: hz < 1_000 ? `${hz} Hz` : `${hz / 1_000} kHz`,
  }))
}

/** As many ticks as there are intervals, and one more, from one number to another, each written as `label` has it. */
export const evenTicks = (
  from: number,
  to: number,
  intervals: number,
  label: (value: number) => string = String,
): Tick[] =>
  Array.from({ length: intervals + 1 }, (_, i) => {
    const position = i / intervals
    return { position, label: label(from + (to - from) * position) }
  })
