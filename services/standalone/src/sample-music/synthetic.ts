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

/** Thirty seconds of lead, bass and drums. @returns samples −1…1 */
const play = (style: Style, seed: number): Float32Array => {
  const random = randomFrom(seed)
  const samples = new Float32Array(SAMPLE_RATE_HZ * SECONDS)
  const step = Math.floor((SAMPLE_RATE_HZ * 60) / style.beatsPerMinute / 2)
  for (let start = 0, beat = 0; start < samples.length; start += step, beat++) {
    const degree = style.scale[Math.floor(random() * style.scale.length)] ?? 0
    const lead = style.rootHz * 2 * 2 ** (degree / 12)
    for (let i = 0; i < step && start + i < samples.length; i++) {
      const seconds = i / SAMPLE_RATE_HZ
      const decay = Math.exp(-4 * seconds)
      let value = 0
      for (const [n, strength] of style.harmonics.entries()) {
        value += strength * decay * Math.sin(2 * Math.PI * lead * (n + 1) * seconds)
      }
      if (beat % 4 === 0) {
        value += style.bass * Math.exp(-2 * seconds) * Math.sin(Math.PI * style.rootHz * seconds)
      }
      if (beat % 2 === 1) value += style.drums * Math.exp(-40 * seconds) * (random() - 0.5)
      samples[start + i] = value
    }
  }
  return samples
}

/** RIFF WAVE of signed 16-bit mono samples, at half of full scale. */
const toWav = (samples: Float32Array): Buffer => {
  const peak = samples.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9)
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
  for (const [i, value] of samples.entries()) {
    wav.writeInt16LE(Math.round((value / peak) * 16_383), 44 + i * 2)
  }
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
