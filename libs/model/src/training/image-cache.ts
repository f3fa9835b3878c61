/** Where mel images come from: blobs, or memory. */
export interface ImageSource {
  readonly count: number
  /** The image at an index below `count`; may be asked for again. */
  load(index: number): Promise<Uint8Array> | Uint8Array
}

/** 16,384 images of 64 KiB are 1 GiB. */
const capacity = 16_384

/** In memory that threads share, so that an image is sent without a copy, as often as it is asked for. */
const shared = (image: Uint8Array): Uint8Array => {
  const copy = new Uint8Array(new SharedArrayBuffer(image.length))
  copy.set(image)
  return copy
}

/**
 * Images by index, loaded once and kept while there is room; the one kept longest makes way.
 * Training asks for images at random, so no order of eviction is better than another.
 */
export const createImageCache = (source: ImageSource) => {
  const kept = new Map<number, Uint8Array>()
  const get = async (index: number): Promise<Uint8Array> => {
    const found = kept.get(index)
    if (found !== undefined) return found
    const image = shared(await source.load(index))
    const oldest = kept.keys().next()
    if (kept.size >= capacity && oldest.done === false) kept.delete(oldest.value)
    kept.set(index, image)
    return image
  }
  return {
    getAll: (indexes: readonly number[]): Promise<Uint8Array[]> => Promise.all(indexes.map(get)),
  }
}
