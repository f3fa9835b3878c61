import { readFile } from 'node:fs/promises'

/** CPU time in seconds. */
export interface CpuSeconds {
  /** All threads of this process. */
  readonly own: number
  /** Its children that have ended: decoders. */
  readonly ended: number
  /** Processes below it that are running, and what they have seen end: servers. */
  readonly running: number
}

/** Clock ticks per second of /proc, the same on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

/** What this process and all below it have used so far. */
export const cpuSeconds = async (): Promise<CpuSeconds> => {
  const { own, ended } = await secondsOf(process.pid)
  return { own, ended, running: await secondsBelow(process.pid) }
}

/** Fields 14–17 of proc(5)'s stat. */
const secondsOf = async (pid: number): Promise<Pick<CpuSeconds, 'own' | 'ended'>> => {
  const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8')
  // Behind the name in brackets, which may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const seconds = (field: number): number => Number(fields[field]) / TICKS_PER_SECOND
  return { own: seconds(11) + seconds(12), ended: seconds(13) + seconds(14) }
}

const secondsBelow = async (pid: number): Promise<number> => {
  const children = await readFile(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8')
  let seconds = 0
  for (const child of children.split(' ').map(Number).filter(Boolean)) {
    // A server's helper that ends meanwhile is among what its parent has seen end.
    const used = await secondsOf(child).catch(() => ({ own: 0, ended: 0 }))
    seconds += used.own + used.ended + (await secondsBelow(child).catch(() => 0))
  }
  return seconds
}
