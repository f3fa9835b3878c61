import type { Preset } from '../presets.ts'
import { FRAMES_AT_ONCE, ROW_BYTES } from './fft.ts'
import { createKernel } from './kernel.ts'
import { melFilters } from './mel-filters.ts'
import { shrinking } from './shrink.ts'
import { createStft } from './stft.ts'

/** What the kernel makes of PCM for one preset. Results are copies. For PCM of other lengths see `PowerStft.run`. */
export interface MelEngine {
  /** Frames × (fftSize/2 + 1) powers, one frame after the other. */
  power(pcm: Int16Array): Float32Array
  /**
   * Frames × bands levels in dB, one frame after the other, lowest band first, none further below the loudest than
   * the preset's floor; as `librosa.power_to_db` of `librosa.feature.melspectrogram`.
   */
  levels(pcm: Int16Array): Float32Array
  /** As {@link melImage}. */
  image(pcm: Int16Array): Uint8Array
}

const engines = new Map<string, MelEngine>()

/** The thread's engine for a preset: some three megabytes of tables and work space, made once. */
export const melEngine = (preset: Preset): MelEngine => {
  const key = JSON.stringify([preset.pcm, preset.mel])
  const known = engines.get(key)
  if (known !== undefined) return known
  const created = createEngine(preset)
  engines.set(key, created)
  return created
}

/**
 * Mel image of a track: mel power in decibels below the track's maximum, from the floor to 0 dB mapped
 * to 0 … 255, frames reduced to the preset's columns.
 *
 * @param pcm - mono samples at the preset's rate; longer than the window gives its centre, shorter is repeated
 * @returns bands × columns bytes, row after row, lowest band first
 */
export const melImage = (pcm: Int16Array, preset: Preset): Uint8Array =>
  melEngine(preset).image(pcm)

const createEngine = (preset: Preset): MelEngine => {
  const { bands, columns, fftSize, floorDb } = preset.mel
  const rangeDb = -floorDb
  if (bands % FRAMES_AT_ONCE !== 0) {
    throw new RangeError(`${bands} bands: use a multiple of ${FRAMES_AT_ONCE}`)
  }
  const kernel = createKernel()
  const stft = createStft(kernel, preset)
  const { starts, slopes } = melFilters({ ...preset.mel, sampleRateHz: preset.pcm.sampleRateHz })
  const bandStarts = kernel.store(starts.map((bin) => bin * ROW_BYTES))
  const bandSlopes = kernel.store(slopes)
  const bandRows = kernel.reserve(bands * ROW_BYTES)
  const frameBytes = bands * Float32Array.BYTES_PER_ELEMENT
  const levels = kernel.reserve((stft.frames + FRAMES_AT_ONCE - 1) * frameBytes)
  const { taps, firsts, weights } = shrinking(stft.frames, columns)
  const columnFirsts = kernel.store(firsts)
  const columnWeights = kernel.store(weights)
  const pixels = kernel.reserve(bands * columns)

  /** Leaves the levels in the kernel's memory; returns the loudest. */
  const run = (pcm: Int16Array): number => {
    stft.run(pcm, (frame) => {
      kernel.bands(stft.bins, bandStarts, bandSlopes, bands, bandRows)
      kernel.decibels(bandRows, bands, levels + frame * frameBytes)
    })
    return kernel.clip(levels, stft.frames * bands, rangeDb)
  }
  return {
    power: (pcm) => {
      const bins = fftSize / 2 + 1
      const rows = new Float32Array(kernel.memory.buffer, stft.bins, bins * FRAMES_AT_ONCE)
      const power = new Float32Array(stft.frames * bins)
      stft.run(pcm, (firstFrame) => {
        const end = Math.min(stft.frames - firstFrame, FRAMES_AT_ONCE) * bins
        for (let i = 0; i < end; i++) {
          power[firstFrame * bins + i] = rows[(i % bins) * FRAMES_AT_ONCE + Math.floor(i / bins)]!
        }
      })
      return power
    },
    levels: (pcm) => {
      run(pcm)
      return new Float32Array(kernel.memory.buffer, levels, stft.frames * bands).slice()
    },
    image: (pcm) => {
      const floor = run(pcm) - rangeDb
      kernel.image(
        levels,
        bands,
        columnFirsts,
        columnWeights,
        taps,
        columns,
        floor,
        rangeDb,
        pixels,
      )
      return new Uint8Array(kernel.memory.buffer, pixels, bands * columns).slice()
    },
  }
}
