import libsamplerate from '@alexanderolsen/libsamplerate-js'

/** Changes the sample rate of a signal that comes in pieces. */
export interface Resampler {
  /** What the pieces so far have given that was not given back yet; mono, −1 … 1. */
  next(samples: Float32Array): Float32Array
  close(): void
}

/** Band-limited change of sample rate by libsamplerate (sinc, 97 dB, flat to 80 % of the lower Nyquist frequency). */
export const createResampler = async (fromHz: number, toHz: number): Promise<Resampler> => {
  if (fromHz === toHz) return { next: (samples) => samples, close: () => undefined }
  const converter = await libsamplerate.create(1, fromHz, toHz, {
    converterType: libsamplerate.ConverterType.SRC_SINC_FASTEST,
  })
  return {
    next: (samples) => {
      if (samples.length === 0) return samples
      // The library takes a view's whole buffer for it.
      const isView = samples.byteLength < samples.buffer.byteLength
      return converter.full(isView ? samples.slice() : samples)
    },
    close: () => converter.destroy(),
  }
}

/**
 * As {@link createResampler}, for a whole signal.
 *
 * @param samples - mono, −1 … 1
 */
export const resample = async (
  samples: Float32Array,
  fromHz: number,
  toHz: number,
): Promise<Float32Array> => {
  const resampler = await createResampler(fromHz, toHz)
  try {
    return resampler.next(samples)
  } finally {
    resampler.close()
  }
}
