import { baselineNames, openBaseline, openEncoder, type Encoder } from '@soundalike/model'
import { presetFingerprint, type Preset } from '@soundalike/audio'
import { findBundle } from '../models/find-bundle.ts'

/** Something that turns mel images into vectors, to be judged. */
export interface Candidate {
  embed(images: readonly Uint8Array[]): Promise<Float32Array[]>
  /** Mean squared error of each image's reconstructed crops, where there is a decoder. */
  reconstructionErrors?: Encoder['reconstructionErrors']
  close(): Promise<void>
}

interface Choice {
  /** Id of a model, folder of a bundle, or `baseline`; by default the model in the box. */
  readonly model?: string
  readonly data?: string
}

/** The word that stands for all baselines in place of a model. */
export const BASELINE = 'baseline'

/** Opens one model. */
export const openModel = async (
  { model, data }: Choice,
  preset: Preset,
): Promise<Record<string, Candidate>> => {
  const fingerprint = presetFingerprint(preset)
  const bundle = await findBundle({ model, data, fingerprint })
  const encoder = await openEncoder(bundle)
  return {
    [bundle.manifest.id]: {
      embed: encoder.encode,
      reconstructionErrors: encoder.reconstructionErrors,
      close: encoder.close,
    },
  }
}

/**
 * Opens every baseline.
 *
 * @param gallery - mel images of the library they are fitted to
 */
export const openBaselines = async (
  gallery: readonly Uint8Array[],
  say: (line: string) => void,
): Promise<Record<string, Candidate>> => {
  const candidates: Record<string, Candidate> = {}
  for (const name of baselineNames) {
    say(`fitting ${name}`)
    candidates[name] = await openBaseline(name, gallery)
  }
  return candidates
}
