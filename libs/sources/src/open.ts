import { stat } from 'node:fs/promises'
import { createFolderSource } from './folder.ts'
import { createManifestSource } from './manifest.ts'
import type { Source } from './source.ts'

/** The sources a process works with, by id. */
export type Sources = ReadonlyMap<string, Source>

/**
 * Opens the sources of a configuration.
 *
 * @param musicPath - `MUSIC_PATH`; none where it is not set
 */
export const openSources = async (musicPath: string | undefined): Promise<Sources> => {
  if (musicPath === undefined) return new Map()
  const source = await openSource(musicPath)
  return new Map([[source.id, source]])
}

/**
 * Opens the source a path stands for: a folder of music, or a manifest file.
 *
 * @throws Error that says what is wrong with the path
 */
export const openSource = async (path: string): Promise<Source> => {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) throw new Error(`there is nothing at ${path}`)
  if (found.isDirectory()) return createFolderSource(path)
  if (found.isFile() && path.endsWith('.jsonl')) return createManifestSource(path)
  throw new Error(`${path} is neither a folder of music nor a manifest (.jsonl)`)
}
