import { open, type FileHandle } from 'node:fs/promises'
import { constants } from 'node:fs'
import { Failure, fileFailure } from '@soundalike/contracts'

/** Encoded bytes of a preview, or the file that holds them. */
export type AudioInput = Uint8Array | { readonly path: string }

/** Random access to a preview, whichever way it came. */
export interface ByteReader {
  readonly sizeBytes: number
  /** Up to `length` bytes from `offset`; fewer at the end. */
  read(offset: number, length: number): Promise<Uint8Array>
  close(): Promise<void>
}

/**
 * Opens a preview for reading.
 *
 * @throws Failure `empty-file`, `too-large`, `no-preview`, `not-a-file`, `forbidden`, `unavailable`
 */
export const openInput = async (input: AudioInput, maxBytes: number): Promise<ByteReader> => {
  const reader = input instanceof Uint8Array ? overBytes(input) : await overFile(input.path)
  try {
    if (reader.sizeBytes === 0) throw new Failure('empty-file', 'empty file')
    if (reader.sizeBytes > maxBytes) {
      throw new Failure('too-large', `${reader.sizeBytes} bytes, at most ${maxBytes} are read`)
    }
    return reader
  } catch (error) {
    await reader.close()
    throw error
  }
}

const overBytes = (bytes: Uint8Array): ByteReader => ({
  sizeBytes: bytes.length,
  read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
  close: () => Promise.resolve(),
})

const overFile = async (path: string): Promise<ByteReader> => {
  let file: FileHandle | undefined
  try {
    // Without O_NONBLOCK a pipe under an audio name would block for ever.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const stats = await file.stat()
    if (!stats.isFile()) throw new Failure('not-a-file', 'not a regular file')
    return readerOf(file, stats.size)
  } catch (error) {
    await file?.close()
    throw fileFailure(error)
  }
}

const readerOf = (file: FileHandle, sizeBytes: number): ByteReader => ({
  sizeBytes,
  read: async (offset, length) => {
    const buffer = new Uint8Array(Math.max(0, Math.min(length, sizeBytes - offset)))
    try {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, offset)
      return buffer.subarray(0, bytesRead)
    } catch (error) {
      throw fileFailure(error)
    }
  },
  close: () => file.close(),
})
