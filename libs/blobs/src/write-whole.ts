import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { codeOf } from './file-failure.ts'

/**
 * Writes a file whole or not at all: into a temporary file of the same file system, synced, then
 * renamed over the target, then the folder synced. Without the first sync a power cut can leave the
 * new name on an empty file; without the second it can forget the new name after we said it was there.
 *
 * @throws whatever the file system throws; the temporary file is gone then and the target as it was
 */
export const writeWhole = async (
  path: string,
  temporaryPath: string,
  bytes: Uint8Array,
): Promise<void> => {
  try {
    await writeSynced(temporaryPath, bytes)
    await renameIntoFolder(temporaryPath, path)
  } catch (error) {
    await rm(temporaryPath, { force: true })
    throw error
  }
  await syncFolder(dirname(path))
}

const writeSynced = async (path: string, bytes: Uint8Array): Promise<void> => {
  await using file = await open(path, 'wx')
  await file.writeFile(bytes)
  await file.datasync()
}

/** The folder is there for all but its first file, so it is made only when the rename says it is not. */
const renameIntoFolder = async (from: string, to: string): Promise<void> => {
  try {
    await rename(from, to)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    const topmost = await mkdir(dirname(to), { recursive: true })
    await rename(from, to)
    if (topmost !== undefined) await syncFoldersUpTo(dirname(topmost), dirname(to))
  }
}

/** Makes freshly made folders durable: each is an entry of its parent. */
const syncFoldersUpTo = async (top: string, folder: string): Promise<void> => {
  for (let parent = dirname(folder); parent.length >= top.length; parent = dirname(parent)) {
    await syncFolder(parent)
    if (parent === top) return
  }
}

const syncFolder = async (folder: string): Promise<void> => {
  await using handle = await open(folder, 'r')
  await handle.sync()
}
