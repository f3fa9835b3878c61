import { bundleFileNames, readBundle, type ModelBundle } from '@soundalike/model'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The models that come with the checkout, a folder each. */
export const boxFolder = fileURLToPath(new URL('../../../../models', import.meta.url))

/**
 * Reads a bundle from a folder.
 *
 * @param fingerprint - of the mel images it is to read
 * @throws Failure `bad-model`, also where the folder holds no bundle; `preset-mismatch`
 */
export const readBundleFolder = async (
  folder: string,
  fingerprint: string,
): Promise<ModelBundle> => {
  const files = await Promise.all(
    bundleFileNames.map(
      async (name) => [name, await readFile(join(folder, name)).catch(() => null)] as const,
    ),
  )
  return readBundle(Object.fromEntries(files), fingerprint)
}

/**
 * The model in the box: the first bundle beneath the folder that reads these mel images.
 *
 * @returns null where there is none
 */
export const readBoxModel = async (
  fingerprint: string,
  folder: string = boxFolder,
): Promise<ModelBundle | null> => {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  for (const name of names.sort()) {
    const bundle = await readBundleFolder(join(folder, name), fingerprint).catch(() => null)
    if (bundle !== null) return bundle
  }
  return null
}
