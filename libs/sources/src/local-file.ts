import { Failure, fileFailure } from '@soundalike/contracts'
import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import type { Preview } from './source.ts'

/**
 * Opens a file as a preview. Never waits for the other end of a pipe.
 *
 * @param path - bytes, because a file name need not be UTF-8
 * @throws Failure as {@link Source.open}
 */
export const openLocalFile = async (path: Buffer): Promise<Preview> => {
  let handle: FileHandle | undefined
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const stat = await handle.stat()
    if (!stat.isFile()) throw new Failure('not-a-file', 'not a regular file')
    const { size } = stat
    const opened = handle
    const text = path.toString('utf8')
    return {
      path: Buffer.from(text, 'utf8').equals(path) ? text : null,
      sizeBytes: size,
      stream: (range) =>
        opened.createReadStream(range === undefined ? {} : { start: range.first, end: range.last }),
      close: () => opened.close(),
    }
  } catch (error) {
    await handle?.close()
    throw fileFailure(error)
  }
}
