import { randomUUID } from 'node:crypto'
import { readdir, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'

/**
 * Nobody works this long on one file. Older ones belong to the dead, whatever their process number says: it may have
 * been given to another process since, or be one of another machine.
 */
const LONGEST_USE_MS = 3_600_000

/** A name for one temporary file that says which process on which machine is using it. */
export const temporaryName = (): string => `${String(process.pid)}.${randomUUID()}.${machine()}`

/**
 * Removes the temporary files of processes that are no more.
 *
 * @param folder - holds nothing else whose name starts with the prefix
 * @param prefix - what comes before {@link temporaryName} in the names of these files, or folders
 */
export const sweepTemporaryFiles = async (folder: string, prefix = ''): Promise<void> => {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix)) continue
    const path = join(folder, name)
    if (isOwnerDead(name.slice(prefix.length)) || (await isTooOld(path)))
      await rm(path, { recursive: true, force: true })
  }
}

const isOwnerDead = (name: string): boolean => {
  const [pid, , ownerMachine] = name.split('.')
  if (ownerMachine !== machine()) return false
  try {
    process.kill(Number(pid), 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

const isTooOld = async (path: string): Promise<boolean> => {
  // Another process may sweep the same folder.
  const found = await stat(path).catch(() => null)
  return found !== null && Date.now() - found.mtimeMs > LONGEST_USE_MS
}

const machine = (): string => hostname().replaceAll(/[^A-Za-z0-9-]/g, '-')
