import { fileURLToPath } from 'node:url'
import type { BlobStore } from './blob-store.ts'
import { openFileBlobs } from './file-blobs.ts'

/**
 * Opens the blob store a URL names.
 *
 * @param url - `file:///absolute/folder`; the folder is made where it is missing
 * @throws TypeError when the URL names no store we know
 * @throws Failure `unavailable` when the store cannot be reached or written
 */
export const openBlobs = async (url: string): Promise<BlobStore> => {
  const parsed = URL.parse(url)
  if (parsed?.protocol === 'file:') return openFileBlobs(fileURLToPath(parsed))
  throw new TypeError(`no blob store for ${JSON.stringify(url)}: file:///absolute/folder is known`)
}
