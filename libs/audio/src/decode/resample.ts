import libsamplerate from '@alexanderolsen/libsamplerate-js'

/** Changes the sample rate of a signal that comes in pieces. */
export interface Resampler {
  /** What the pieces so far have given that was not given back yet; mono, −1 … 1. */
  next(samples: Float32Array): Float32Array
  /** What is still missing once there are no more pieces: all together is as long as what went in, to the sample. */
  end(): Float32Array
  close(): void
}

/** Highest rate the library takes. To it rates are no more than a ratio, so both are divided where one is higher. */
const HIGHEST_RATE_HZ = 192_000
/** Longest signal the library takes and gives back at a time; it has fixed buffers of 1,008,000. */
const MOST_SAMPLES = 1_000_000
/** More than the converter holds back at any ratio. */
const HELD_BACK_SECONDS = 0.1

/** Band-limited change of sample rate by libsamplerate (sinc, 97 dB, flat to 80 % of the lower Nyquist frequency). */
export const createResampler = async (fromHz: number, toHz: number): Promise<Resampler> => {
  const nothing = new Float32Array(0)
  if (fromHz === toHz) {
    return { next: (samples) => samples, end: () => nothing, close: () => undefined }
  }
  const to = Math.floor(toHz / Math.max(1, fromHz / HIGHEST_RATE_HZ))
  const from = Math.round((fromHz * to) / toHz)
  const { SRC_SINC_FASTEST } = libsamplerate.ConverterType
  const converter = await libsamplerate.create(1, from, to, { converterType: SRC_SINC_FASTEST })
  const pieceSamples = Math.floor(MOST_SAMPLES / Math.max(1, toHz / fromHz))
  let taken = 0
  let given = 0
  const next = (samples: Float32Array): Float32Array => {
    const pieces: Float32Array[] = []
    for (let start = 0; start < samples.length; start += pieceSamples) {
      const piece = samples.subarray(start, start + pieceSamples)
      // The library takes a view's whole buffer for it.
      const isView = piece.byteLength < piece.buffer.byteLength
      pieces.push(converter.full(isView ? piece.slice() : piece))
    }
    const converted = pieces.length === 1 ? pieces[0]! : joined(pieces)
    taken += samples.length
    given += converted.length
    return converted
  }
  return {
    next,
    end: () => {
      const missing = Math.max(0, Math.round((taken * toHz) / fromHz) - given)
      return next(new Float32Array(Math.ceil(HELD_BACK_SECONDS * fromHz))).subarray(0, missing)
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
    return joined([resampler.next(samples), resampler.end()])
  } finally {
    resampler.close()
  }
}

const joined = (pieces: readonly Float32Array[]): Float32Array => {
  const whole = new Float32Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let offset = 0
  for (const piece of pieces) {
    whole.set(piece, offset)
    offset += piece.length
  }
  return whole
}
