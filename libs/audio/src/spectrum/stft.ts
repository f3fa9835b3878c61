import { realFft } from './fft.ts'

/** What frames at both ends see beyond the signal. */
export type Padding = 'zero' | 'reflect'

export interface StftShape {
  readonly fftSize: number
  readonly hopSamples: number
  readonly padding: Padding
}

/** Periodic Hann window, as `scipy.signal.get_window('hann', n)`. */
const hann = (size: number): Float32Array =>
  Float32Array.from({ length: size }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size))

const windows = new Map<number, Float32Array>()

const windowOf = (size: number): Float32Array => {
  const known = windows.get(size)
  if (known !== undefined) return known
  const created = hann(size)
  windows.set(size, created)
  return created
}

/** Number of centred frames over a signal: 1 + ⌊samples / hop⌋. */
export const frameCount = (samples: number, hopSamples: number): number =>
  1 + Math.floor(samples / hopSamples)

/**
 * Short-time Fourier transform of centred, Hann-windowed frames, as `librosa.stft`.
 *
 * @param signal - samples in −1 … 1
 * @param visit - called once per frame, in order, with the spectrum in the layout of {@link RealFft.output};
 *   the array is reused for the next frame
 */
export const stft = (
  signal: Float32Array,
  shape: StftShape,
  visit: (spectrum: Float32Array, frame: number) => void,
): void => {
  const { fftSize, hopSamples, padding } = shape
  const { input, output, run } = realFft(fftSize)
  const window = windowOf(fftSize)
  const half = fftSize / 2
  const frames = frameCount(signal.length, hopSamples)
  for (let frame = 0; frame < frames; frame++) {
    const start = frame * hopSamples - half
    if (start >= 0 && start + fftSize <= signal.length) {
      for (let i = 0; i < fftSize; i++) input[i] = signal[start + i]! * window[i]!
    } else {
      for (let i = 0; i < fftSize; i++) {
        input[i] = padded(signal, start + i, padding) * window[i]!
      }
    }
    run()
    visit(output, frame)
  }
}

const padded = (signal: Float32Array, index: number, padding: Padding): number => {
  if (index >= 0 && index < signal.length) return signal[index]!
  return padding === 'zero' ? 0 : signal[mirrored(index, signal.length)]!
}

/** Index reflected about the first and last elements, which are not repeated; as numpy's `reflect`. */
export const mirrored = (index: number, length: number): number => {
  if (length === 1) return 0
  const period = 2 * (length - 1)
  const inPeriod = ((index % period) + period) % period
  return inPeriod < length ? inPeriod : period - inPeriod
}
