import type { Preset } from '../presets.ts'
import { melEngine } from './mel.ts'

/** Rows of a DCT of type II, orthonormal, as `scipy.fft.dct(type=2, norm='ortho')`. */
const dct = (size: number): Float64Array[] =>
  Array.from({ length: size }, (_, k) => {
    const scale = Math.sqrt((k === 0 ? 1 : 2) / size)
    return Float64Array.from(
      { length: size },
      (__, i) => scale * Math.cos((Math.PI * k * (2 * i + 1)) / (2 * size)),
    )
  })

/**
 * Mel-frequency cepstral coefficients, as many as there are bands; as `librosa.feature.mfcc(n_mfcc=bands)`
 * over the preset's mel bands, with levels relative to full scale and 80 dB of range.
 *
 * @param pcm - as for `melImage`
 * @returns frames × bands values, one frame after the other, coefficient 0 first
 */
export const mfcc = (pcm: Int16Array, preset: Preset): Float32Array => {
  const { bands } = preset.mel
  const levels = melEngine(preset).levels(pcm)
  const rows = dct(bands)
  const result = new Float32Array(levels.length)
  for (let start = 0; start < levels.length; start += bands) {
    rows.forEach((row, k) => {
      let sum = 0
      for (let band = 0; band < bands; band++) sum += row[band]! * levels[start + band]!
      result[start + k] = sum
    })
  }
  return result
}
