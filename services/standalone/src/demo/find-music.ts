import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fetchDebianMusic } from '../sample-music/debian.ts'
import { makeSyntheticMusic } from '../sample-music/synthetic.ts'

export interface FoundMusic {
  kind: 'own' | 'debian' | 'synthetic'
  /** Folder of music, or a manifest. */
  path: string
}

/**
 * The user's music where a path is given; else real music from Debian; else, where that cannot be had,
 * generated music, and says so.
 *
 * @param sampleFolder - where sample music is kept
 * @throws Error when there is nothing at the path
 */
export const findMusic = async (
  path: string | undefined,
  sampleFolder: string,
  say: (line: string) => void,
): Promise<FoundMusic> => {
  if (path !== undefined) return ownMusic(path)
  try {
    return { kind: 'debian', path: await fetchDebianMusic(resolve(sampleFolder, 'debian'), say) }
  } catch (error) {
    say(`Debian's music cannot be had here: ${error instanceof Error ? error.message : ''}`)
    say('Using SYNTHETIC music made by a small generator instead; it says little about real music.')
    const folder = resolve(join(sampleFolder, 'synthetic'))
    return { kind: 'synthetic', path: await makeSyntheticMusic(folder) }
  }
}

/**
 * The user's music.
 *
 * @throws Error when there is nothing at the path
 */
export const ownMusic = async (path: string): Promise<FoundMusic> => {
  if (await stat(path).catch(() => undefined)) return { kind: 'own', path: resolve(path) }
  throw new Error(`there is nothing at ${path}`)
}
