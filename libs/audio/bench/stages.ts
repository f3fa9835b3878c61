import { spawn } from 'node:child_process'
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
 * @param usefulCpuMs - CPU per track of decoding and of the mel image, measured in the same run
 * @returns tracks per second of wall time, and the share of CPU that went into neither
 */
export const measureStages = async (
  folder: string,
  usefulCpuMs: number,
): Promise<{ tracksPerSecond: number; overheadShare: number }> => {
  const child = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  const { tracks, seconds, cpuSeconds } = JSON.parse(await text(child.stdout)) as StageFigures
  return {
    tracksPerSecond: tracks / seconds,
    overheadShare: 1 - (tracks * usefulCpuMs) / (cpuSeconds * 1000),
  }
}
