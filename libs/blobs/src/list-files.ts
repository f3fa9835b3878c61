import type { Dirent } from 'node:fs'
import { opendir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { BlobInfo } from './blob-store.ts'
import { orUnavailable, unlessAbsent } from './file-failure.ts'

/**
 * Walks the files below a folder whose path from there starts with a prefix; only folders that can
 * hold such files are opened. Names that start with a dot are not blobs.
 */
export async function* listFiles(
  root: string,
  prefix: string,
  folder: string = prefix.slice(0, prefix.lastIndexOf('/') + 1),
): AsyncGenerator<BlobInfo> {
  for await (const entry of entriesOf(join(root, folder))) {
    const key = folder + entry.name
    if (entry.name.startsWith('.')) continue
    if (entry.isDirectory()) {
      const below = `${key}/`
      if (below.startsWith(prefix) || prefix.startsWith(below))
        yield* listFiles(root, prefix, below)
    } else if (key.startsWith(prefix)) {
      const info = await infoOf(root, key)
      if (info !== null) yield info
    }
  }
}

async function* entriesOf(path: string): AsyncGenerator<Dirent> {
  const folder = await orUnavailable('list a folder', () => unlessAbsent(opendir(path), null))
  if (folder !== null) yield* folder
}

const infoOf = async (root: string, key: string): Promise<BlobInfo | null> => {
  const found = await orUnavailable(`look at ${key}`, () =>
    unlessAbsent(stat(join(root, key)), null),
  )
  return found && { key, sizeBytes: found.size, modifiedAt: found.mtime }
}
