import {
  baselineNames,
  openBaseline,
  openEncoder,
  type Encoder,
  type ModelBundle,
} from '@soundalike/model'
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
  /** Ids of models, folders of bundles, or `baseline`; by default the model in the box. */
  readonly model: readonly string[]
  readonly data?: string
}

/** The word that stands for all baselines in place of a model. */
export const BASELINE = 'baseline'

/**
 * Opens the models that were named, by their ids; beside the baselines, where a trained model is one more of them, by
 * the names of their architectures.
 *
 * @throws Error where one model is named twice, or where models that are judged as one differ by more than their seed
 */
export const openModels = async (
  { model, data }: Choice,
  preset: Preset,
): Promise<Record<string, Candidate>> => {
  const fingerprint = presetFingerprint(preset)
  const isBaseline = model.includes(BASELINE)
  const named = model.filter((name) => name !== BASELINE)
  const wanted = named.length > 0 || isBaseline ? named : [undefined]
  const bundles = await Promise.all(
    wanted.map((name) => findBundle({ model: name, data, fingerprint })),
  )
  refuseDuplicates(bundles)
  if (!isBaseline) refuseOtherArchitectures(bundles)
  const candidates: Record<string, Candidate> = {}
  try {
    for (const bundle of bundles) {
      const { id, architecture } = bundle.manifest
      const name = isBaseline && !(architecture in candidates) ? architecture : id
      const { encode, reconstructionErrors, close } = await openEncoder(bundle)
      candidates[name] = { embed: encode, reconstructionErrors, close }
    }
    return candidates
  } catch (error) {
    await closeAll(candidates)
    throw error
  }
}

const refuseDuplicates = (bundles: readonly ModelBundle[]): void => {
  const ids = bundles.map(({ manifest }) => manifest.id)
  const twice = ids.find((id, index) => ids.indexOf(id) !== index)
  if (twice !== undefined) throw new Error(`model ${twice} is named twice`)
}

/** Figures of several models are averaged, which means something where seeds alone differ; all read one preset. */
const refuseOtherArchitectures = (bundles: readonly ModelBundle[]): void => {
  const names = [...new Set(bundles.map(({ manifest }) => manifest.architecture))]
  if (names.length > 1) {
    throw new Error(
      `models of ${names.join(' and ')} cannot be taken together; evaluate one after another, ` +
        `or beside each other with --model ${BASELINE}`,
    )
  }
}

/** Closes all of them, so that no thread outlives the command. */
export const closeAll = async (candidates: Readonly<Record<string, Candidate>>): Promise<void> => {
  await Promise.all(Object.values(candidates).map((candidate) => candidate.close()))
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
  try {
    for (const name of baselineNames) {
      say(`fitting ${name}`)
      candidates[name] = await openBaseline(name, gallery)
    }
    return candidates
  } catch (error) {
    await closeAll(candidates)
    throw error
  }
}
