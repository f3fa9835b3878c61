import { fileURLToPath } from 'node:url'
import type { BlobStore } from './blob-store.ts'
import { openFileBlobs } from './file-blobs.ts'
import { readS3Url } from './s3-url.ts'

/**
 * Opens the blob store a URL names.
 *
 * @param url - `file:///absolute/folder`, which is made where it is missing; or
 *   `s3://bucket/prefix?endpoint=…&region=…&pathStyle=true`, whose bucket must be there
 * @throws TypeError when the URL names no store we know
 * @throws Failure `unavailable` when the store cannot be reached, read or written
 */
export const openBlobs = async (url: string): Promise<BlobStore> => {
  const parsed = URL.parse(url)
  if (parsed?.protocol === 'file:') return openFileBlobs(fileURLToPath(parsed))
  if (parsed?.protocol === 's3:') {
    const location = readS3Url(parsed)
    // Loaded here, since a process that keeps its blobs in a folder has no use for the SDK.
    const { openS3Blobs } = await import('./s3-blobs.ts')
    return openS3Blobs(location)
  }
  throw new TypeError(
    `no blob store for ${JSON.stringify(url)}: file:///absolute/folder and s3://bucket/prefix are known`,
  )
}
