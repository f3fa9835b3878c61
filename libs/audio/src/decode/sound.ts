import { Failure } from '@soundalike/contracts'
import type { Preset } from '../presets.ts'

const BLOCK_SECONDS = 0.5
const FULL_SCALE = 32_768
/** Lossy codecs turn a constant offset into noise some 45 dB below it; what is weaker than this share is that noise. */
const OFFSET_NOISE_SHARE = 0.01

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
      `${tenths(seconds)} s of sound, at least ${minimumSeconds} s are needed`,
    )
  }
  const block = Math.round(BLOCK_SECONDS * sampleRateHz)
  const threshold = FULL_SCALE * 10 ** (silenceDbfs / 20)
  const sounding: number[] = []
  let soundSamples = 0
  for (let start = 0; start < pcm.length; start += block) {
    const samples = pcm.subarray(start, start + block)
    const { mean, deviation } = statistics(samples)
    if (deviation <= Math.max(threshold, Math.abs(mean) * OFFSET_NOISE_SHARE)) continue
    sounding.push(start)
    soundSamples += samples.length
  }
  const soundSeconds = soundSamples / sampleRateHz
  if (soundSeconds < minimumSeconds) {
    const found = soundSeconds === 0 ? 'nothing' : `only ${tenths(soundSeconds)} s`
    throw new Failure('silent', `${found} above ${silenceDbfs} dBFS in ${tenths(seconds)} s`)
  }
  const keepEdge = edgeSilenceSeconds * sampleRateHz
  const soundStart = sounding[0]!
  const soundEnd = Math.min(pcm.length, sounding.at(-1)! + block)
  return pcm.subarray(
    soundStart > keepEdge ? soundStart : 0,
    pcm.length - soundEnd > keepEdge ? soundEnd : pcm.length,
  )
}

/** Rounded down, so that what is too little never reads like enough. */
const tenths = (seconds: number): string => (Math.floor(seconds * 10) / 10).toFixed(1)

/** Mean, and root mean square about it (so that a constant offset counts as silence). In sample units. */
const statistics = (samples: Int16Array): { mean: number; deviation: number } => {
  let sum = 0
  let squares = 0
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!
    sum += sample
    squares += sample * sample
  }
  const mean = sum / samples.length
  return { mean, deviation: Math.sqrt(Math.max(0, squares / samples.length - mean * mean)) }
}

/** Root mean square about the mean, in sample units. */
export const deviation = (samples: Int16Array): number => statistics(samples).deviation

/** The middle `length` samples of a longer signal, as a view; a shorter one unchanged. */
export const centreOf = (pcm: Int16Array, length: number): Int16Array => {
  const offset = Math.max(0, Math.floor((pcm.length - length) / 2))
  return pcm.subarray(offset, offset + length)
}

/** Part of a signal for whoever keeps it: as it lies, or copied where that lets go of more than it holds. */
export const kept = (part: Int16Array): Int16Array =>
  part.byteLength < part.buffer.byteLength / 2 ? part.slice() : part
