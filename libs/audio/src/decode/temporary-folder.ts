import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Failure } from '@soundalike/contracts'
import { sweepTemporaryFiles, temporaryName } from '@soundalike/runtime'

const PREFIX = 'soundalike-decode-'

/**
 * A new folder for one decoder, for whoever asked to remove.
 *
 * @throws Failure `unavailable`
 */
export const makeTemporaryFolder = async (): Promise<string> => {
  const folder = join(tmpdir(), PREFIX + temporaryName())
  await mkdir(folder, { mode: 0o700 }).catch(refused)
  return folder
}

/**
 * Writes a file into such a folder.
 *
 * @returns its path
 * @throws Failure `unavailable`
 */
export const writeTemporaryFile = async (
  folder: string,
  name: string,
  bytes: Uint8Array,
): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, bytes).catch(refused)
  return path
}

/** @throws Failure `unavailable` */
export const readTemporaryFile = (path: string): Promise<Buffer> => readFile(path).catch(refused)

/** Whatever is wrong with the disk for temporary files, it is no fault of a preview. */
const refused = (error: Error): never => {
  throw new Failure('unavailable', `temporary files: ${error.message}`, { cause: error })
}

/** Removes the folders of processes that were killed before they could. */
export const sweepTemporaryFolders = (): Promise<void> => sweepTemporaryFiles(tmpdir(), PREFIX)
