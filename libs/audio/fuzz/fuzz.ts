import { readdir, readFile } from 'node:fs/promises'
import { Failure } from '@soundalike/contracts'
import { wav } from '@soundalike/testkit'
import { createAudioPool, defaultLimits, presets, type DecoderChoice } from '../src/index.ts'
import { signalPcm } from '../test/fixtures/signals.ts'
import { createDice, mutate } from './mutate.ts'

export interface FuzzOptions {
  readonly count: number
  readonly seed: number
  readonly decoder: DecoderChoice
  readonly onProgress?: (done: number) => void
}

export interface FuzzReport {
  /** How many inputs ended in each way: `sound`, or a failure's code. */
  readonly outcomes: Record<string, number>
  /** Inputs that ended in a way that no input may. Their seed makes them again. */
  readonly findings: { readonly seed: number; readonly reason: string }[]
}

/** Ends that say something about the decoder, not about the file. */
const FORBIDDEN = new Set(['timed-out', 'internal', 'unavailable'])
const TOGETHER = 16
const WAV_RATE_HZ = 16_000
const WAV_SECONDS = 4
const preset = presets['seed-v1']
/** A hang is one on a busy machine too. */
const limits = { ...defaultLimits, timeoutMs: 120_000 }

/** Decodes mutations of the test clips and checks that each ends as a preview may. */
export const fuzz = async ({
  count,
  seed,
  decoder,
  onProgress,
}: FuzzOptions): Promise<FuzzReport> => {
  const seeds = await loadClips()
  const pool = createAudioPool({ decoder })
  const outcomes: Record<string, number> = {}
  const findings: FuzzReport['findings'] = []
  const one = async (caseSeed: number): Promise<void> => {
    const bytes = mutate(seeds, createDice(caseSeed))
    const outcome = await pool.decode(bytes, preset, limits).then(
      (pcm) => (acceptable(pcm) ? 'sound' : 'bad length'),
      (error: unknown) => Failure.from(error),
    )
    const name = outcome instanceof Failure ? outcome.code : outcome
    outcomes[name] = (outcomes[name] ?? 0) + 1
    if (FORBIDDEN.has(name) || name === 'bad length') {
      findings.push({ seed: caseSeed, reason: outcome instanceof Failure ? outcome.message : name })
    }
  }
  try {
    for (let done = 0; done < count; done += TOGETHER) {
      const size = Math.min(TOGETHER, count - done)
      await Promise.all(Array.from({ length: size }, (_, i) => one(seed + done + i)))
      onProgress?.(done + size)
    }
  } finally {
    await pool.close()
  }
  return { outcomes, findings }
}

const acceptable = (pcm: Int16Array): boolean => {
  const { sampleRateHz, minimumSeconds, windowSeconds } = preset.pcm
  return pcm.length >= minimumSeconds * sampleRateHz && pcm.length <= windowSeconds * sampleRateHz
}

/** The test clips, and WAV, which is short to make and long to keep. */
const loadClips = async (): Promise<Buffer[]> => {
  const folder = new URL('../test/fixtures/', import.meta.url)
  const names = (await readdir(folder)).filter((name) => name.startsWith('clip-')).sort()
  const clips = await Promise.all(names.map((name) => readFile(new URL(name, folder))))
  const tune = signalPcm('tune', WAV_RATE_HZ).subarray(0, WAV_SECONDS * WAV_RATE_HZ)
  const samples = Float64Array.from(tune, (sample) => sample / 32_768)
  return [...clips, wav(samples, { rateHz: WAV_RATE_HZ }), wav(samples, { format: 3 })]
}
