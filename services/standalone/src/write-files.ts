import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Writes files by name into a folder, which is made where it is not there. */
export const writeFiles = async (
  folder: string,
  files: Readonly<Record<string, Uint8Array>>,
): Promise<void> => {
  await mkdir(folder, { recursive: true })
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes)
}
