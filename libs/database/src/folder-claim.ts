import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Failure } from '@soundalike/contracts'

/**
 * Claims a folder for this process, since two processes writing one embedded database would destroy it.
 *
 * A claim is a file named for its process and the moment that process started, so a killed process leaves
 * none that counts and a recycled process id is not mistaken for it. Two processes that claim at the very
 * same moment may both be refused; they can never both succeed. Holds for processes of one machine.
 *
 * @returns gives the folder up again
 * @throws Failure `in-use` naming the process that has it
 */
export const claimFolder = async (folder: string): Promise<() => Promise<void>> => {
  await mkdir(folder, { recursive: true })
  const own = `${prefix}${process.pid}-${await startedAt(process.pid)}`
  const file = path.join(folder, own)
  if ((await readdir(folder)).includes(own)) throw inUse(folder, process.pid)
  await writeFile(file, '')

  for (const other of await readdir(folder)) {
    if (!other.startsWith(prefix) || other === own) continue
    const pid = await livingOwner(other)
    if (pid !== null) {
      await rm(file)
      throw inUse(folder, pid)
    }
    await rm(path.join(folder, other), { force: true })
  }
  return () => rm(file, { force: true })
}

const prefix = 'claimed-by-'

const inUse = (folder: string, pid: number): Failure =>
  new Failure(
    'in-use',
    `${folder} is open in process ${pid}${pid === process.pid ? ' (this one)' : ''}`,
  )

const livingOwner = async (claim: string): Promise<number | null> => {
  const [pidText, start] = claim.slice(prefix.length).split('-')
  const pid = Number(pidText)
  return isRunning(pid) && (await startedAt(pid)) === start ? pid : null
}

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Start of a process in clock ticks since boot (field 22 of proc(5)'s stat), or `0` where there is no /proc. */
const startedAt = async (pid: number): Promise<string> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // The second field is the program's name in parentheses and may hold spaces and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[19] ?? '0'
}
