import { mkdir, rename, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const SAMPLE_RATE_HZ = 22_050
const SECONDS = 30

/** Repeatable numbers 0…1 (the linear congruential generator of Numerical Recipes, 32 bits). */
const randomFrom = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** What makes two synthetic tracks sound alike: the same style, played with other notes. */
interface Style {
  beatsPerMinute: number
  rootHz: number
  scale: readonly number[]
  /** Strength of each harmonic of the lead. */
  harmonics: readonly number[]
  drums: number
  bass: number
}

const scales = [
  [0, 2, 4, 7, 9],
  [0, 3, 5, 7, 10],
  [0, 2, 3, 5, 7, 8, 11],
  [0, 2, 4, 6, 8, 10],
] as const

const styleOf = (index: number): Style => {
  const random = randomFrom(index * 7_919 + 17)
  return {
    beatsPerMinute: 70 + Math.floor(random() * 100),
    rootHz: 110 * 2 ** (random() * 1.5),
    scale: scales[index % scales.length] ?? scales[0],
    harmonics: Array.from({ length: 8 }, (_, n) => random() ** 2 / (n + 1)),
    drums: random(),
    bass: random(),
  }
}

const WAVE_LENGTH = 4_096

/** One period of a sound with the given harmonics. */
const periodOf = (harmonics: readonly number[]): Float32Array =>
  Float32Array.from({ length: WAVE_LENGTH }, (_, i) =>
    harmonics.reduce(
      (sum, strength, n) => sum + strength * Math.sin((2 * Math.PI * (n + 1) * i) / WAVE_LENGTH),
      0,
    ),
  )

/** Adds a note to the samples from one index to another, dying away as exp(−decay × seconds). */
const addNote = (
  samples: Float32Array,
  [from, to]: readonly [number, number],
  wave: Float32Array,
  { hz, strength, decay }: { hz: number; strength: number; decay: number },
): void => {
  const step = (hz / SAMPLE_RATE_HZ) * WAVE_LENGTH
  const fade = Math.exp(-decay / SAMPLE_RATE_HZ)
  let level = strength
  let phase = 0
  for (let i = from; i < Math.min(to, samples.length); i++) {
    samples[i] = (samples[i] ?? 0) + level * (wave[Math.floor(phase) % WAVE_LENGTH] ?? 0)
    phase += step
    level *= fade
  }
}

const sine = periodOf([1])

/** Thirty seconds of lead, bass and drums. @returns samples of any level */
const play = (style: Style, seed: number): Float32Array => {
  const random = randomFrom(seed)
  const lead = periodOf(style.harmonics)
  const noise = Float32Array.from({ length: WAVE_LENGTH }, () => random() - 0.5)
  const samples = new Float32Array(SAMPLE_RATE_HZ * SECONDS)
  const step = Math.floor((SAMPLE_RATE_HZ * 60) / style.beatsPerMinute / 2)
  for (let from = 0, beat = 0; from < samples.length; from += step, beat++) {
    const degree = style.scale[Math.floor(random() * style.scale.length)] ?? 0
    const span = [from, from + step] as const
    const hz = style.rootHz * 2 * 2 ** (degree / 12)
    addNote(samples, span, lead, { hz, strength: 1, decay: 4 })
    if (beat % 4 === 0) {
      addNote(samples, span, sine, { hz: style.rootHz / 2, strength: style.bass, decay: 2 })
    }
    if (beat % 2 === 1) {
      // One sample of the table a sample of sound: white noise.
      const hz = SAMPLE_RATE_HZ / WAVE_LENGTH
      addNote(samples, span, noise, { hz, strength: style.drums, decay: 40 })
    }
  }
  return samples
}

/** RIFF WAVE of signed 16-bit mono samples, at half of full scale. */
const toWav = (samples: Float32Array): Buffer => {
  const peak = samples.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9)
  const scaled = Int16Array.from(samples, (value) => Math.round((value / peak) * 16_383))
  const wav = Buffer.alloc(44 + samples.length * 2)
  wav.write('RIFF', 0, 'latin1')
  wav.writeUInt32LE(36 + samples.length * 2, 4)
  wav.write('WAVEfmt ', 8, 'latin1')
  wav.writeUInt32LE(16, 16)
  wav.writeUInt16LE(1, 20)
  wav.writeUInt16LE(1, 22)
  wav.writeUInt32LE(SAMPLE_RATE_HZ, 24)
  wav.writeUInt32LE(SAMPLE_RATE_HZ * 2, 28)
  wav.writeUInt16LE(2, 32)
  wav.writeUInt16LE(16, 34)
  wav.write('data', 36, 'latin1')
  wav.writeUInt32LE(samples.length * 2, 40)
  scaled.forEach((value, i) => wav.writeInt16LE(value, 44 + i * 2))
  return wav
}

interface Size {
  /** @default 8 */
  styles?: number
  /** @default 6 */
  tracksPerStyle?: number
}

/**
 * Writes a small library of generated music, where no real music can be had: a few styles, several
 * tracks each. Not copyrightable and marked CC0.
 *
 * @param folder - where it is kept; what is there already is not made again
 * @returns path of the manifest
 */
export const makeSyntheticMusic = async (
  folder: string,
  { styles = 8, tracksPerStyle = 6 }: Size = {},
): Promise<string> => {
  const manifest = join(folder, 'manifest.jsonl')
  if (existsSync(manifest)) return manifest
  await mkdir(folder, { recursive: true })
  const rows: string[] = []
  for (let style = 0; style < styles; style++) {
    for (let n = 0; n < tracksPerStyle; n++) {
      const file = `style-${String(style + 1)}-${String(n + 1)}.wav`
      await writeFile(join(folder, file), toWav(play(styleOf(style), style * 100 + n)))
      const title = `Synthetic ${String(style + 1)}.${String(n + 1)}`
      const artist = `Generator, style ${String(style + 1)}`
      rows.push(JSON.stringify({ file, title, artist, album: 'Synthetic', licence: 'CC0-1.0' }))
    }
  }
  await writeFile(`${manifest}.part`, `${rows.join('\n')}\n`)
  await rename(`${manifest}.part`, manifest)
  return manifest
}
