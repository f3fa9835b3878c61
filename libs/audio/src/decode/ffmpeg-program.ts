import type { ChildProcess } from 'node:child_process'
import { dirname, isAbsolute } from 'node:path'
import { Failure } from '@soundalike/contracts'
import prism from 'prism-media'
import which from 'which'

let found: string | null | undefined

/** Where on PATH ffmpeg is; never in the current folder. Null without; looked up once. */
export const ffmpegProgram = (): string | null => {
  if (found === undefined) {
    const candidates = which.sync('ffmpeg', { all: true, nothrow: true }) ?? []
    found = candidates.find((path) => isAbsolute(path) && dirname(path) !== process.cwd()) ?? null
  }
  return found
}

/** What the constructor of prism-media's FFmpeg begins with; the types leave it out. */
interface ProcessMaker {
  create(options: { args: string[] }): ChildProcess
}

/**
 * Starts ffmpeg with standard output as its last output. Where the system does not start it, the process emits `error`.
 *
 * @throws Failure `unavailable` without an ffmpeg
 */
export const startFfmpeg = (args: string[]): ChildProcess => {
  const command = ffmpegProgram()
  if (command === null) throw new Failure('unavailable', 'no ffmpeg on PATH')
  // Left to itself prism-media runs whatever is called so, at last also in the current folder.
  prism.FFmpeg.getInfo = () => ({ command, info: '', version: '', output: '' })
  // The constructor takes pipes for granted, and throws where the system has no descriptors left for them; the error
  // that the process emits would then have no listener.
  return (prism.FFmpeg as unknown as ProcessMaker).create({ args })
}
