import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Clock ticks per second of /proc; 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

/** CPU time of this process and of all the children it has waited for, in milliseconds. */
export const cpuMs = (): number => {
  const { user, system } = process.cpuUsage()
  // After the name in brackets come 11 fields, then own and children's user and system ticks.
  const stat = readFileSync('/proc/self/stat', 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const childTicks = Number(fields[13]) + Number(fields[14])
  return (user + system) / 1000 + (childTicks * 1000) / TICKS_PER_SECOND
}

/** Middle value. */
export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN

/** Standard output of a program, or null where it cannot be run. */
export const outputOf = async (
  program: string,
  args: readonly string[],
): Promise<string | null> => {
  try {
    const { stdout } = await run(program, args, { maxBuffer: 64 * 1024 * 1024 })
    return stdout
  } catch {
    return null
  }
}
