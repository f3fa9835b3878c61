import { scrapeFingerprint } from '@soundalike/contracts'
import { pcmFingerprint, presetFingerprint, type Preset } from './presets.ts'

/** Fingerprints of the stages that come before any model. */
export interface StageFingerprints {
  readonly scrape: string
  /** Of the PCM. */
  readonly transcode: string
  /** Of the mel images. */
  readonly spectrogram: string
}

/** Under which fingerprint each stage is done when the house runs with a preset. */
export const fingerprintsOf = (preset: Preset): StageFingerprints => ({
  scrape: scrapeFingerprint,
  transcode: pcmFingerprint(preset),
  spectrogram: presetFingerprint(preset),
})
