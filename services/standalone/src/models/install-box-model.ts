import type { Stores } from '@soundalike/ports'
import { keepModel } from '@soundalike/trainer'
import { readBoxModel } from './bundle-folder.ts'

/**
 * Gives a library that has no model yet the one in the box, so that it can recommend before it has learned anything
 * itself. Its space fills like any other's and goes live when it is complete.
 *
 * @param fingerprint - of the library's mel images
 * @param folder - where models lie, a folder each
 * @returns id of the model; null where the library has one, or the box has none for these mel images
 */
export const installBoxModel = async (
  stores: Pick<Stores, 'catalog' | 'blobs' | 'vectors'>,
  fingerprint: string,
  folder?: string,
): Promise<string | null> => {
  if ((await stores.catalog.models()).length > 0) return null
  const bundle = await readBoxModel(fingerprint, folder)
  if (bundle === null) return null
  await keepModel(stores, bundle)
  return bundle.manifest.id
}
