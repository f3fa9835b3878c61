import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { melImage, presets } from '../src/index.ts'
import { median, outputOf } from './cpu.ts'

const RUNS = 60
const WARM_UP_RUNS = 20
const preset = presets['seed-v1']
const PYTHONS = ['python3', 'python']

/** Milliseconds per track from PCM to mel image on one core: ours, and librosa's where a Python has it. */
export const measureMel = async (
  pcm: Int16Array,
): Promise<{ ours: number; librosa: number | null }> => {
  const times = Array.from({ length: WARM_UP_RUNS + RUNS }, () => {
    const started = performance.now()
    melImage(pcm, preset)
    return performance.now() - started
  })
  return { ours: median(times.slice(WARM_UP_RUNS)), librosa: await librosaMs(pcm) }
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
