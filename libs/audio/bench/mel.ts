import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { melImage, presets } from '../src/index.ts'
import { median, outputOf } from './cpu.ts'

const RUNS = 60
const WARM_UP_RUNS = 20
const ROUNDS = 3
const preset = presets['seed-v1']
const PYTHONS = ['python3', 'python']

/**
 * CPU milliseconds per track from PCM to mel image: ours, and librosa's where a Python has it. CPU and not wall time,
 * so that whatever else the machine does counts for neither; they take turns, and the median of their rounds counts.
 */
export const measureMel = async (
  pcm: Int16Array,
): Promise<{ ours: number; librosa: number | null }> => {
  const ours: number[] = []
  const librosa: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(ourMs(pcm))
    const theirs = await librosaMs(pcm)
    if (theirs !== null) librosa.push(theirs)
  }
  return { ours: median(ours), librosa: librosa.length === 0 ? null : median(librosa) }
}

const ourMs = (pcm: Int16Array): number => {
  const times = Array.from({ length: WARM_UP_RUNS + RUNS }, () => {
    const before = process.cpuUsage()
    melImage(pcm, preset)
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
  })
  return median(times.slice(WARM_UP_RUNS))
}

const librosaMs = async (pcm: Int16Array): Promise<number | null> => {
  const folder = await mkdtemp(join(tmpdir(), 'soundalike-bench-'))
  try {
    const file = join(folder, 'pcm')
    await writeFile(file, new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength))
    const script = fileURLToPath(new URL('librosa-mel.py', import.meta.url))
    for (const python of PYTHONS) {
      const output = await outputOf(python, [script, file])
      if (output !== null) return Number(output)
    }
    return null
  } finally {
    await rm(folder, { recursive: true })
  }
}
