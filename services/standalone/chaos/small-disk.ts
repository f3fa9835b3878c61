import { execFile } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

const SIZE = '256m'

/**
 * Puts a disk of its own, in memory, at a folder.
 *
 * @returns null where this process may not
 */
export const mountSmallDisk = async (folder: string): Promise<{ stop(): Promise<void> } | null> => {
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', folder])
  } catch {
    return null
  }
  return { stop: async () => void (await run('umount', ['-l', folder])) }
}

/** Fills the disk a folder is on. @returns makes room again */
export const fillDisk = async (folder: string): Promise<() => Promise<void>> => {
  // No key of a blob starts with a dot.
  const file = join(folder, '.ballast')
  const chunk = new Uint8Array(64 * 1024)
  try {
    for (;;) await writeFile(file, chunk, { flag: 'a' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
  return () => rm(file)
}
