import { resample } from '../decode/resample.ts'
import { equalise } from './equaliser.ts'
import { addPinkNoise } from './pink-noise.ts'
import { stretch } from './stretch.ts'

type Change = (samples: Float32Array, sampleRateHz: number) => Float32Array | Promise<Float32Array>

const gain = (decibels: number): Change => {
  const factor = 10 ** (decibels / 20)
  return (samples) => samples.map((sample) => sample * factor)
}

const semitone = 2 ** (1 / 12)

const changes = {
  louder: gain(6),
  quieter: gain(-6),
  equaliser: equalise,
  semitone: (samples, sampleRateHz) => {
    const longer = stretch(samples, 1 / semitone)
    return resample(longer, Math.round(sampleRateHz * semitone), sampleRateHz)
  },
  tempo: (samples) => stretch(samples, 1.05),
  noise: (samples) => addPinkNoise(samples, 20),
} as const satisfies Record<string, Change>

/** What a sound goes through on its way to somebody's ear, beside encoders. */
export type Degradation = keyof typeof changes

/**
 * - `louder`, `quieter`: by 6 dB; what is too loud is clipped
 * - `equaliser`: bass −4 dB, treble +4 dB
 * - `semitone`: a semitone up, same tempo
 * - `tempo`: 5 % faster, same pitch
 * - `noise`: pink noise 20 dB below
 */
export const degradations = Object.keys(changes) as readonly Degradation[]

/**
 * PCM after one degradation. The same every time.
 *
 * @param pcm - mono
 */
export const degrade = async (
  pcm: Int16Array,
  sampleRateHz: number,
  degradation: Degradation,
): Promise<Int16Array> => {
  // Loops, because `from` walks half a million samples through an iterator.
  const samples = new Float32Array(pcm.length)
  for (let at = 0; at < pcm.length; at++) samples[at] = pcm[at]! / 32_768
  const changed = await changes[degradation](samples, sampleRateHz)
  const degraded = new Int16Array(changed.length)
  for (let at = 0; at < changed.length; at++) {
    degraded[at] = Math.max(-32_768, Math.min(32_767, Math.round(changed[at]! * 32_768)))
  }
  return degraded
}
