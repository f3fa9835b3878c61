import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sweepTemporaryFiles, temporaryName } from '@soundalike/runtime'

const PREFIX = 'soundalike-decode-'

/** A new folder for one decoder, for whoever asked to remove. */
export const makeTemporaryFolder = async (): Promise<string> => {
  const folder = join(tmpdir(), PREFIX + temporaryName())
  await mkdir(folder, { mode: 0o700 })
  return folder
}

/** Removes the folders of processes that were killed before they could. */
export const sweepTemporaryFolders = (): Promise<void> => sweepTemporaryFiles(tmpdir(), PREFIX)
