import { appendFile, copyFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeSyntheticMusic } from '../src/sample-music/synthetic.ts'

/** A manifest that grows: each fault meets tracks of its own on their way. */
export interface Library {
  readonly manifest: string
  /** Names of the tracks whose sound is sound. */
  readonly good: readonly string[]
  /** Names of the tracks that cannot be decoded, whose right end is a failure that says so. */
  readonly bad: readonly string[]
  /** Adds tracks, one in ten of them bad. */
  grow(tracks: number): Promise<void>
}

const BAD_ONE_IN = 10

/** Makes a few sounds; tracks are copies of them under other names. */
export const makeLibrary = async (folder: string): Promise<Library> => {
  await makeSyntheticMusic(folder, { styles: 2, tracksPerStyle: 3 })
  const sounds = (await readdir(folder)).filter((name) => name.endsWith('.wav'))
  const manifest = join(folder, 'growing.jsonl')
  await writeFile(manifest, '')
  const good: string[] = []
  const bad: string[] = []

  const add = async (number: number): Promise<string> => {
    const file = `track-${String(number)}.wav`
    if (number % BAD_ONE_IN === 0) {
      await writeFile(join(folder, file), 'This is no sound.')
      bad.push(file)
    } else {
      await copyFile(join(folder, sounds[number % sounds.length] ?? ''), join(folder, file))
      good.push(file)
    }
    return JSON.stringify({ file, artist: `Artist ${String(number % 7)}`, licence: 'CC0-1.0' })
  }

  return {
    manifest,
    good,
    bad,
    grow: async (tracks) => {
      const first = good.length + bad.length
      const rows: string[] = []
      for (let n = 0; n < tracks; n++) rows.push(await add(first + n))
      await appendFile(manifest, `${rows.join('\n')}\n`)
    },
  }
}
