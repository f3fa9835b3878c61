/** One stored blob, without its bytes. */
export interface BlobInfo {
  readonly key: string
  readonly sizeBytes: number
  readonly modifiedAt: Date
}

/**
 * Where bytes live: previews turned to samples, mel images, model bundles, maps.
 *
 * A key is one to eight names joined by `/`. A name starts with a letter or digit and goes on with
 * letters, digits, `.`, `_` and `-`; a key has at most 512 characters. No key may be the folder of another
 * (`a` and `a/b`), so that a file system can hold them as they are.
 *
 * Every call throws RangeError for a malformed key, and Failure `unavailable` when the store does
 * not answer, is full, or may not be read or written.
 */
export interface BlobStore {
  /**
   * Stores a blob, replacing what was there. Whole or not at all: a reader sees the old bytes or
   * the new ones, and once this resolves the new ones survive a power cut.
   */
  put(key: string, bytes: Uint8Array): Promise<void>

  /** The bytes, or null where there is no such blob. */
  get(key: string): Promise<Uint8Array | null>

  has(key: string): Promise<boolean>

  /** Removes a blob; one that is not there is fine. */
  delete(key: string): Promise<void>

  /**
   * Blobs whose key starts with `prefix`, in no particular order and without holding the list in memory.
   * Blobs written or deleted meanwhile may or may not be among them.
   *
   * @param prefix - any beginning of a key, not only whole names; empty for everything
   */
  list(prefix: string): AsyncIterable<BlobInfo>

  close(): Promise<void>
}
