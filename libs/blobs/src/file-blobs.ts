import { sweepTemporaryFiles, temporaryName } from '@soundalike/runtime'
import { mkdir, readFile, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { checkKey, checkPrefix } from './blob-key.ts'
import type { BlobStore } from './blob-store.ts'
import { orUnavailable, unlessAbsent } from './file-failure.ts'
import { listFiles } from './list-files.ts'
import { writeWhole } from './write-whole.ts'

/** Folder for files being written, beside the blobs and so on the same file system. No key can name it. */
const temporaryFolder = '.writing'

/**
 * Blobs as files below one folder, under their keys. Any number of processes may share the folder.
 * Opening it sweeps the temporary files that dead processes left.
 *
 * @param folder - absolute
 */
export const openFileBlobs = async (folder: string): Promise<BlobStore> => {
  const temporary = join(folder, temporaryFolder)
  await orUnavailable('open its folder', async () => {
    await mkdir(temporary, { recursive: true })
    await sweepTemporaryFiles(temporary)
  })
  const pathOf = (key: string): string => {
    checkKey(key)
    return join(folder, key)
  }

  return {
    async put(key, bytes) {
      const path = pathOf(key)
      await orUnavailable(`write ${key}`, () =>
        writeWhole(path, join(temporary, temporaryName()), bytes),
      )
    },

    async get(key) {
      const path = pathOf(key)
      return orUnavailable(`read ${key}`, () => unlessAbsent(readFile(path), null))
    },

    async has(key) {
      const path = pathOf(key)
      return orUnavailable(`look at ${key}`, () =>
        unlessAbsent(
          stat(path).then((found) => found.isFile()),
          false,
        ),
      )
    },

    async delete(key) {
      const path = pathOf(key)
      await orUnavailable(`delete ${key}`, () => unlessAbsent(unlink(path), undefined))
    },

    list(prefix) {
      checkPrefix(prefix)
      return listFiles(folder, prefix)
    },

    async close() {},
  }
}
