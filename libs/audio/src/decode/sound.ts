import { Failure } from '@soundalike/contracts'
import type { Preset } from '../presets.ts'

const BLOCK_SECONDS = 0.5
const FULL_SCALE = 32_768

/**
 * Checks decoded PCM for sound and cuts long silence off both ends.
 *
 * @param pcm - mono samples at the preset's rate
 * @returns the sounding part, a view of `pcm`
 * @throws Failure `too-short`, `silent`
 */
export const soundingPart = (pcm: Int16Array, preset: Preset): Int16Array => {
  const { sampleRateHz, minimumSeconds, silenceDbfs, edgeSilenceSeconds } = preset.pcm
  const seconds = pcm.length / sampleRateHz
  if (seconds < minimumSeconds) {
    throw new Failure(
      'too-short',
      `${seconds.toFixed(1)} s of sound, at least ${minimumSeconds} s are needed`,
    )
  }
  const block = Math.round(BLOCK_SECONDS * sampleRateHz)
  const threshold = FULL_SCALE * 10 ** (silenceDbfs / 20)
  const sounding: number[] = []
  for (let start = 0; start < pcm.length; start += block) {
    if (deviation(pcm.subarray(start, start + block)) > threshold) sounding.push(start)
  }
  const soundSeconds = sounding.length * BLOCK_SECONDS
  if (soundSeconds < minimumSeconds) {
    const found = soundSeconds === 0 ? 'nothing' : `only ${soundSeconds.toFixed(1)} s`
    throw new Failure('silent', `${found} above ${silenceDbfs} dBFS in ${seconds.toFixed(1)} s`)
  }
  const keepEdge = edgeSilenceSeconds * sampleRateHz
  const soundStart = sounding[0]!
  const soundEnd = Math.min(pcm.length, sounding.at(-1)! + block)
  return pcm.subarray(
    soundStart > keepEdge ? soundStart : 0,
    pcm.length - soundEnd > keepEdge ? soundEnd : pcm.length,
  )
}

/** Root mean square about the mean, so that a constant offset counts as silence. In sample units. */
export const deviation = (samples: Int16Array): number => {
  let [sum, squares] = [0, 0]
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!
    sum += sample
    squares += sample * sample
  }
  const mean = sum / samples.length
  return Math.sqrt(Math.max(0, squares / samples.length - mean * mean))
}

/** The middle `length` samples of a longer signal, as a view; a shorter one unchanged. */
export const centreOf = (pcm: Int16Array, length: number): Int16Array => {
  const offset = Math.max(0, Math.floor((pcm.length - length) / 2))
  return pcm.subarray(offset, offset + length)
}
