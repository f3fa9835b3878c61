/** Makes one channel from several. */
export type Mix = (channels: readonly Float32Array[]) => Float32Array

/** Mean of the channels, as librosa's `to_mono`. */
export const mean: Mix = (channels) => {
  if (channels.length === 1) return channels[0]!
  const mix = new Float32Array(channels[0]?.length ?? 0)
  for (const channel of channels) {
    for (let i = 0; i < mix.length; i++) mix[i]! += channel[i]! / channels.length
  }
  return mix
}

/** Makes samples that are not numbers, or infinite, 0. */
export const clean = (samples: Float32Array): void => {
  for (let i = 0; i < samples.length; i++) if (!Number.isFinite(samples[i])) samples[i] = 0
}

/** Sum of squares. */
export const energy = (samples: Float32Array): number => {
  let sum = 0
  for (let i = 0; i < samples.length; i++) sum += samples[i]! * samples[i]!
  return sum
}

/** Samples in −1 … 1 as signed 16-bit, clipped. */
export const toInt16 = (samples: Float32Array): Int16Array =>
  Int16Array.from(samples, (sample) =>
    Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768))),
  )
