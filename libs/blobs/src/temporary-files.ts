import { randomUUID } from 'node:crypto'
import { readdir, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { codeOf, unlessAbsent } from './file-failure.ts'

/** Folder for files being written, beside the blobs and so on the same file system. No key can name it. */
export const temporaryFolder = '.writing'

/**
 * A writer holds its bytes in memory, so none is at one file this long. Older files belong to the dead,
 * whatever their process number says: it may have been given to another process since, or be
 * one of another machine.
 */
const longestWriteMs = 3_600_000

/** A name for one temporary file that says which process on which machine is writing it. */
export const temporaryName = (): string => `${process.pid}.${randomUUID()}.${machine()}`

/** Removes the temporary files of processes that are no more. */
export const sweepTemporaryFiles = async (folder: string): Promise<void> => {
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    if (isWriterDead(name) || (await isTooOld(path))) await rm(path, { force: true })
  }
}

const isWriterDead = (name: string): boolean => {
  const [pid, , writerMachine] = name.split('.')
  if (writerMachine !== machine()) return false
  try {
    process.kill(Number(pid), 0)
    return false
  } catch (error) {
    return codeOf(error) === 'ESRCH'
  }
}

const isTooOld = async (path: string): Promise<boolean> => {
  const found = await unlessAbsent(stat(path), null)
  return found !== null && Date.now() - found.mtimeMs > longestWriteMs
}

const machine = (): string => hostname().replaceAll(/[^A-Za-z0-9-]/g, '-')
