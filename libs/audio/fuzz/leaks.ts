import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What a run has left behind; all empty where it cleaned up. */
export interface Leaks {
  /** Ids of processes that were started and still run. Empty where the system does not say. */
  readonly processes: readonly string[]
  /** In the folder for temporary files. */
  readonly files: readonly string[]
  readonly unhandledRejections: readonly string[]
}

/**
 * Gives a run a folder of its own for temporary files and watches what it leaves behind, there and elsewhere.
 *
 * @returns counts what is there that was not when the watch began, and ends it
 */
export const watchForLeaks = (): (() => Leaks) => {
  const before = new Set(children())
  const folder = mkdtempSync(join(tmpdir(), 'fuzz-audio-'))
  const usual = process.env['TMPDIR']
  process.env['TMPDIR'] = folder
  const rejections: unknown[] = []
  const note = (reason: unknown): void => void rejections.push(reason)
  process.on('unhandledRejection', note)
  return () => {
    process.off('unhandledRejection', note)
    if (usual === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = usual
    const files = readdirSync(folder)
    rmSync(folder, { recursive: true })
    const processes = children().filter((id) => !before.has(id))
    return { processes, files, unhandledRejections: rejections.map(String) }
  }
}

/** Processes that any thread of this one started and that still run. */
const children = (): string[] => {
  try {
    return readdirSync('/proc/self/task').flatMap((thread) =>
      readFileSync(`/proc/self/task/${thread}/children`, 'ascii').split(' ').filter(Boolean),
    )
  } catch {
    return []
  }
}
