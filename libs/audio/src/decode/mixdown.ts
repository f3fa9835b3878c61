/** Below this share of the loudest channel's energy the mix has cancelled itself out. */
const CANCELLED = 0.01

/**
 * One channel from several: their mean, as librosa's `to_mono`. Where the channels cancel each other
 * (one is the other's inverse) the mean is silent though the music is not; then the loudest channel stands for all.
 * Samples that are not numbers, or infinite, become 0.
 */
export const mixdown = (channels: readonly Float32Array[]): Float32Array => {
  const [only, ...others] = channels
  if (only === undefined) return new Float32Array(0)
  channels.forEach(clean)
  if (others.length === 0) return only
  const mix = new Float32Array(only.length)
  for (const channel of channels) {
    for (let i = 0; i < mix.length; i++) mix[i]! += channel[i]! / channels.length
  }
  const loudest = channels.reduce((a, b) => (energy(b) > energy(a) ? b : a))
  return energy(mix) < CANCELLED * energy(loudest) ? loudest : mix
}

const clean = (samples: Float32Array): void => {
  for (let i = 0; i < samples.length; i++) if (!Number.isFinite(samples[i])) samples[i] = 0
}

const energy = (samples: Float32Array): number => {
  let sum = 0
  for (let i = 0; i < samples.length; i++) sum += samples[i]! * samples[i]!
  return sum
}

/** Samples in −1 … 1 as signed 16-bit, clipped. */
export const toInt16 = (samples: Float32Array): Int16Array =>
  Int16Array.from(samples, (sample) =>
    Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768))),
  )
