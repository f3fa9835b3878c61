import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

interface StageFigures {
  readonly tracks: number
  readonly seconds: number
  readonly cpuSeconds: number
}

const script = fileURLToPath(
  new URL('../../../services/standalone/bench/ingest.ts', import.meta.url),
)

/**
 * Takes a folder from file to mel image through the real stages and queue, in a process of its own, since this
 * package knows neither.
 *
 * @param folder - the tracks of which the useful part was measured, and no others
 * @param usefulCpuMs - CPU per track of decoding and of the mel image, measured in the same run
 * @returns tracks per second of wall time, and the share of CPU that went into neither
 */
export const measureStages = async (
  folder: string,
  usefulCpuMs: number,
): Promise<{ tracksPerSecond: number; overheadShare: number }> => {
  const child = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')])
  if (child.exitCode !== 0) throw new Error(`the stages ended with ${String(child.exitCode)}`)
  const { tracks, seconds, cpuSeconds } = JSON.parse(output) as StageFigures
  return {
    tracksPerSecond: tracks / seconds,
    overheadShare: 1 - (tracks * usefulCpuMs) / (cpuSeconds * 1000),
  }
}
