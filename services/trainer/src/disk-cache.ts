import { temporaryName } from '@soundalike/runtime'
import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Mel images on a disk of this machine, since training asks for each of them many times. */
export interface DiskCache extends AsyncDisposable {
  /** The image at an index: the one that is kept, else as it is fetched. */
  get(index: number, fetch: () => Promise<Uint8Array>): Promise<Uint8Array>
}

/**
 * Opens a cache in one file, which is gone with this process, however it ends.
 *
 * @param maxBytes - what comes after is not kept; 0 keeps nothing
 */
export const openDiskCache = async (folder: string, maxBytes: number): Promise<DiskCache> => {
  if (maxBytes === 0)
    return { get: (_index, fetch) => fetch(), [Symbol.asyncDispose]: () => Promise.resolve() }
  await mkdir(folder, { recursive: true })
  const path = join(folder, temporaryName())
  const file = await open(path, 'wx+', 0o600)
  // An open file without a name lives as long as whoever has it open.
  await rm(path)
  const places = new Map<number, { offset: number; length: number }>()
  let end = 0
  let isFull = false

  const keep = async (index: number, image: Uint8Array): Promise<void> => {
    const { length } = image
    if (isFull || end + length > maxBytes) return
    const offset = end
    end += length
    try {
      const { bytesWritten } = await file.write(image, 0, length, offset)
      if (bytesWritten === length) places.set(index, { offset, length })
    } catch {
      // A disk that takes no more costs time and nothing else.
      isFull = true
    }
  }

  return {
    get: async (index, fetch) => {
      const place = places.get(index)
      if (place === undefined) {
        const image = await fetch()
        await keep(index, image)
        return image
      }
      const image = new Uint8Array(place.length)
      const { bytesRead } = await file.read(image, 0, place.length, place.offset)
      // A file cut short by whatever happened to the disk costs time and nothing else.
      return bytesRead === place.length ? image : fetch()
    },
    [Symbol.asyncDispose]: () => file.close(),
  }
}
