import { stat } from 'node:fs/promises'
import { createFolderSource } from './folder.ts'
import { createManifestSource } from './manifest.ts'
import type { Source } from './source.ts'

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
