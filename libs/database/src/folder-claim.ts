import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, readlink, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import path from 'node:path'
import { Failure } from '@soundalike/contracts'

const TOUCH_INTERVAL_MS = 5_000

/** A claim from elsewhere counts no more when its owner has not touched it for this long. */
const MAX_UNTOUCHED_MS = 30_000

/**
 * Claims a folder for this process, since two processes writing one embedded database would destroy it.
 *
 * A claim is a file named for its process, the moment that process started, and the place where its process id
 * means something. So a killed process leaves none that counts, and a recycled process id is not mistaken for it.
 * A process of another machine or container cannot be looked up; its claim counts for as long as the file is
 * touched. Two processes that claim at the very same moment may both be refused; they can never both succeed.
 *
 * @returns gives the folder up again
 * @throws Failure `in-use` naming the process that has it
 */
export const claimFolder = async (
  folder: string,
  touchIntervalMs = TOUCH_INTERVAL_MS,
): Promise<() => Promise<void>> => {
  await mkdir(folder, { recursive: true })
  const here = await place()
  const own = `${prefix}${process.pid}-${await startedAt(process.pid)}-${here}`
  const file = path.join(folder, own)
  if ((await readdir(folder)).includes(own))
    throw inUse(folder, `process ${process.pid} (this one)`)
  await writeFile(file, '')

  for (const other of await readdir(folder)) {
    if (!other.startsWith(prefix) || other === own) continue
    const owner = await livingOwner(folder, other, here)
    if (owner !== null) {
      await rm(file)
      throw inUse(folder, owner)
    }
    await rm(path.join(folder, other), { force: true })
  }
  const touching = setInterval(() => {
    const now = new Date()
    // A claim that cannot be touched for a moment is still one.
    utimes(file, now, now).catch(() => undefined)
  }, touchIntervalMs)
  touching.unref()
  return async () => {
    clearInterval(touching)
    await rm(file, { force: true })
  }
}

const prefix = 'claimed-by-'

const inUse = (folder: string, owner: string): Failure =>
  new Failure('in-use', `${folder} is open in ${owner}`)

/** Names whoever made a claim; null where that one is gone. */
const livingOwner = async (folder: string, claim: string, here: string): Promise<string | null> => {
  const [pidText, start, there] = claim.slice(prefix.length).split('-')
  if (there !== here) {
    const untouchedMs = await sinceTouched(path.join(folder, claim))
    return untouchedMs < MAX_UNTOUCHED_MS ? 'a process of another machine or container' : null
  }
  const pid = Number(pidText)
  return isRunning(pid) && (await startedAt(pid)) === start ? `process ${pid}` : null
}

const sinceTouched = async (file: string): Promise<number> =>
  stat(file).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => Infinity,
  )

/** Where a process id means the same process: this machine since it was started, in this PID namespace. */
const place = async (): Promise<string> => {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')
  const namespace = await readlink('/proc/self/ns/pid').catch(() => '')
  const parts = [hostname(), boot, namespace].join('\n')
  return createHash('sha256').update(parts).digest('hex').slice(0, 12)
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
