import libsamplerate from '@alexanderolsen/libsamplerate-js'

/**
 * Band-limited change of sample rate by libsamplerate (sinc, 97 dB, flat to 80 % of the lower Nyquist frequency).
 *
 * @param samples - mono, −1 … 1
 */
export const resample = async (
  samples: Float32Array,
  fromHz: number,
  toHz: number,
): Promise<Float32Array> => {
  if (fromHz === toHz || samples.length === 0) return samples
  const converter = await libsamplerate.create(1, fromHz, toHz, {
    converterType: libsamplerate.ConverterType.SRC_SINC_FASTEST,
  })
  try {
    // The library takes a view's whole buffer for it.
    const isView = samples.byteLength < samples.buffer.byteLength
    return converter.full(isView ? samples.slice() : samples)
  } finally {
    converter.destroy()
  }
}
