import { windowFrames, windowSamples, type Preset } from '../presets.ts'
import { createPowerFft, FRAMES_AT_ONCE } from './fft.ts'
import type { Kernel } from './kernel.ts'

const AMPLITUDE_OF_FULL_SCALE = 32_768

/** Power spectrogram of one window of sound, by a kernel that is prepared for its shape. */
export interface PowerStft {
  /** Frames over a window: one per hop, both ends included. */
  readonly frames: number
  /** Address where the kernel leaves the power of four frames: bins 0 … fftSize/2, a row each. */
  readonly bins: number
  /**
   * Power of centred, Hann-windowed frames, as `np.abs(librosa.stft) ** 2`, four frames at a time.
   *
   * @param pcm - see {@link fillWindow} for other lengths than the window
   * @param visit - called for frames 0, 4, 8, …; of the last four some may lie beyond the window
   */
  run(pcm: Int16Array, visit: (firstFrame: number) => void): void
}

/** Prepares a kernel for a preset's frames. */
export const createStft = (kernel: Kernel, preset: Preset): PowerStft => {
  const { fftSize, hopSamples, padding } = preset.mel
  const samples = windowSamples(preset)
  const frames = windowFrames(preset)
  const framesVisited = Math.ceil(frames / FRAMES_AT_ONCE) * FRAMES_AT_ONCE
  const fft = createPowerFft(kernel, hann(fftSize))
  const length = (framesVisited - 1) * hopSamples + fftSize
  const address = kernel.reserve(length * Int16Array.BYTES_PER_ELEMENT)
  const hopBytes = hopSamples * Int16Array.BYTES_PER_ELEMENT
  return {
    frames,
    bins: fft.bins,
    run: (pcm, visit) => {
      const padded = new Int16Array(kernel.memory.buffer, address, length)
      fillWindow(padded.subarray(fftSize / 2, fftSize / 2 + samples), pcm)
      if (padding === 'reflect') reflect(padded, fftSize / 2, samples)
      for (let frame = 0; frame < frames; frame += FRAMES_AT_ONCE) {
        fft.run(address + frame * hopBytes, hopBytes)
        visit(frame)
      }
    },
  }
}

/** Periodic Hann window, as `scipy.signal.get_window('hann', n)`, for samples whose full scale is 32,768. */
const hann = (size: number): Float32Array =>
  Float32Array.from(
    { length: size },
    (_, i) => (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size)) / AMPLITUDE_OF_FULL_SCALE,
  )

/**
 * Fills a window with PCM. Longer PCM gives its centre, shorter PCM is repeated, so that no part of the image is
 * silence the track does not have.
 */
const fillWindow = (window: Int16Array, pcm: Int16Array): void => {
  const offset = Math.max(0, Math.floor((pcm.length - window.length) / 2))
  const kept = pcm.subarray(offset, offset + window.length)
  window.set(kept)
  if (kept.length === 0) window.fill(0)
  for (let filled = kept.length; filled > 0 && filled < window.length; filled *= 2) {
    window.copyWithin(filled, 0, Math.min(filled, window.length - filled))
  }
}

/** Continues a signal on both sides of where it lies in an array, mirrored. */
const reflect = (padded: Int16Array, start: number, length: number): void => {
  const mirror = (i: number): void => {
    padded[i] = padded[start + mirrored(i - start, length)]!
  }
  for (let i = 0; i < start; i++) mirror(i)
  for (let i = start + length; i < padded.length; i++) mirror(i)
}

/** Index reflected about the first and last elements, which are not repeated; as numpy's `reflect`. */
export const mirrored = (index: number, length: number): number => {
  if (length === 1) return 0
  const period = 2 * (length - 1)
  const inPeriod = ((index % period) + period) % period
  return inPeriod < length ? inPeriod : period - inPeriod
}
