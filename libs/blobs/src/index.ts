export type { BlobInfo, BlobStore } from './blob-store.ts'
export { openBlobs } from './open-blobs.ts'
