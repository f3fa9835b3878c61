import type { Config } from '@soundalike/runtime'
import { stat } from 'node:fs/promises'
import { createDownloader, type Downloader } from './download/downloader.ts'
import { downloadLimitsOf } from './download/limits.ts'
import { createFolderSource } from './folder.ts'
import { createManifestSource } from './manifest.ts'
import type { Source } from './source.ts'

/** The sources a process works with, by id. */
export type Sources = ReadonlyMap<string, Source>

/**
 * Opens the sources of a configuration; none where `MUSIC_PATH` is not set.
 *
 * @throws Error that says what is wrong with the configuration
 */
export const openSources = async (config: Config): Promise<Sources> => {
  if (config.MUSIC_PATH === undefined) return new Map()
  const source = await openSource(config.MUSIC_PATH, createDownloader(downloadLimitsOf(config)))
  return new Map([[source.id, source]])
}

/**
 * Opens the source a path stands for: a folder of music, or a manifest file.
 *
 * @param downloader - for previews that are not on this machine
 * @throws Error that says what is wrong with the path
 */
export const openSource = async (path: string, downloader: Downloader): Promise<Source> => {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) throw new Error(`there is nothing at ${path}`)
  if (found.isDirectory()) return createFolderSource(path)
  if (found.isFile() && path.endsWith('.jsonl')) return createManifestSource(path, downloader)
  throw new Error(`${path} is neither a folder of music nor a manifest (.jsonl)`)
}
