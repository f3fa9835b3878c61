import { openBlobs } from '@soundalike/blobs'
import { Failure, keys } from '@soundalike/contracts'
import { bundleFileNames, readBundle, type ModelBundle } from '@soundalike/model'
import { readConfig } from '@soundalike/runtime'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { boxFolder, readBoxModel, readBundleFolder } from './bundle-folder.ts'

interface Wanted {
  /** Folder of a bundle, or id of a model; by default the model in the box. */
  readonly model: string | undefined
  /** Folder of a library whose models may be meant too. */
  readonly data: string | undefined
  /** Of the mel images it is to read. */
  readonly fingerprint: string
}

/**
 * Finds a model by what somebody typed.
 *
 * @throws Failure `bad-model` where there is none of that name; `preset-mismatch`
 */
export const findBundle = async ({ model, data, fingerprint }: Wanted): Promise<ModelBundle> => {
  if (model === undefined) {
    const bundle = await readBoxModel(fingerprint)
    if (bundle !== null) return bundle
    throw new Failure('bad-model', 'no model comes with this checkout; name one with --model')
  }
  if (await isFolder(model)) return readBundleFolder(model, fingerprint)
  if (!/^[\w-]+$/.test(model)) throw new Failure('bad-model', `there is no folder ${model}`)
  const inBox = join(boxFolder, model)
  if (await isFolder(inBox)) return readBundleFolder(inBox, fingerprint)
  if (data !== undefined) return readStored(model, data, fingerprint)
  throw new Failure('bad-model', `no model ${model}; is it in a library? Then name its --data`)
}

const isFolder = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isDirectory() ?? false

const readStored = async (id: string, data: string, fingerprint: string): Promise<ModelBundle> => {
  const blobs = await openBlobs(readConfig({ DATA_DIR: data }).BLOBS_URL)
  try {
    const files = await Promise.all(
      bundleFileNames.map(async (name) => [name, await blobs.get(keys.model(id, name))] as const),
    )
    return readBundle(Object.fromEntries(files), fingerprint)
  } finally {
    await blobs.close()
  }
}
