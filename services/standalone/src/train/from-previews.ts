import { createAudioPool, defaultLimits, presetFingerprint, presetNamed } from '@soundalike/audio'
import { bundleFiles, trainModel, type Epoch } from '@soundalike/model'
import { reportFiles } from '@soundalike/trainer'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readBundleFolder } from '../models/bundle-folder.ts'
import { hear, trainingImages } from '../previews/images.ts'
import { readManifests, type ListedPreview } from '../previews/manifest.ts'
import { writeFiles } from '../write-files.ts'
import { holdOut } from './hold-out.ts'

export interface PreviewTrainingOptions {
  /** One or more, each with its folder of music at the same place in the other list. */
  manifest: string[]
  music: string[]
  /** Folder the bundle is written to. */
  out: string
  architecture: string
  preset: string
  seed: number
  seconds: number
  /** Images of one preview, at most: further windows of a long one are further views of its recording. */
  windows: number
  /** Folder of a bundle whose weights training starts from. */
  startFrom?: string
  /** Share of the artists left out of training, 0…1. */
  holdOut: number
}

const say = (line: string): void => {
  process.stderr.write(`${line}\n`)
}

/**
 * Trains on the previews of manifests, without a house around it, and writes the bundle to a folder; what was held
 * out is listed beside it, in the form of a manifest.
 */
export const trainFromPreviews = async (
  options: PreviewTrainingOptions,
  signal: AbortSignal,
): Promise<void> => {
  const listed = await readManifests(options.manifest, options.music)
  const { kept, heldOut } = holdOut(listed, options.holdOut, options.seed)
  const allowed = kept.filter(({ trainAllowed }) => trainAllowed)
  say(`${String(allowed.length)} previews to learn from, ${String(heldOut.length)} held out`)
  const preset = presetNamed(options.preset)
  const fingerprint = presetFingerprint(preset)
  const startFrom =
    options.startFrom === undefined
      ? {}
      : { startFrom: await readBundleFolder(options.startFrom, fingerprint) }
  const audio = createAudioPool()
  try {
    const studio = { audio, preset, limits: defaultLimits, signal, say }
    const heard = await hear(allowed, studio, options.windows)
    const bundle = await trainModel({
      images: trainingImages(heard),
      preset: { name: preset.name, fingerprint },
      ...startFrom,
      architecture: options.architecture,
      seed: options.seed,
      budgetSeconds: options.seconds,
      licences: countLicences(heard),
      signal,
      onProgress: sayEpoch,
    })
    await writeFiles(options.out, { ...bundleFiles(bundle), ...reportFiles(bundle) })
    if (heldOut.length > 0) {
      const lines = heldOut.map(({ row }) => `${JSON.stringify(row)}\n`)
      await writeFile(join(options.out, 'held-out.jsonl'), lines.join(''))
    }
    process.stdout.write(`${bundle.manifest.id}\n`)
  } finally {
    await audio.close()
  }
}

const countLicences = (previews: readonly ListedPreview[]): Record<string, number> => {
  const groups = Map.groupBy(previews, ({ licence }) => licence || 'not stated')
  return Object.fromEntries([...groups].map(([licence, { length }]) => [licence, length]))
}

const sayEpoch = ({ epoch, loss, validationLoss, cropsPerSecond, secondsLeft }: Epoch): void => {
  const losses = `loss ${loss.toFixed(4)}, validation ${validationLoss.toFixed(4)}`
  say(
    `epoch ${String(epoch)}: ${losses}, ${cropsPerSecond.toFixed(0)} crops/s, at most ${secondsLeft.toFixed(0)} s left`,
  )
}
