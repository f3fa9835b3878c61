import { readFile } from 'node:fs/promises'

/** CPU time of a process, in seconds. */
export interface CpuSeconds {
  /** All of its threads. */
  readonly own: number
  /** Its children that have ended, and theirs. */
  readonly endedChildren: number
}

/** Clock ticks per second of /proc, the same on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

/** Reads fields 14–17 of proc(5)'s stat. */
export const cpuSecondsOf = async (pid: number): Promise<CpuSeconds> => {
  const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8')
  // Behind the name in brackets, which may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const seconds = (field: number): number => Number(fields[field]) / TICKS_PER_SECOND
  return { own: seconds(11) + seconds(12), endedChildren: seconds(13) + seconds(14) }
}
