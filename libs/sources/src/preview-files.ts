import { Failure } from '@soundalike/contracts'
import { sweepTemporaryFiles, temporaryName, type Config } from '@soundalike/runtime'
import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { tooLarge } from './download/failures.ts'
import type { Preview } from './source.ts'

/** Previews as files on this machine, for decoders: on the way there none is ever in memory as a whole. */
export interface PreviewFiles {
  /**
   * Works with a preview as a file: in place where it is one, else streamed into a temporary one that is gone
   * afterwards, whatever comes of it. Closes the preview.
   *
   * @throws Failure `too-large`, `unavailable` when the disk takes no more; what the preview's stream fails with; what
   * `use` throws
   */
  use<Result>(
    preview: Preview,
    signal: AbortSignal,
    work: (path: string) => Promise<Result>,
  ): Promise<Result>
}

/** Opens the place for temporary files in the data folder, and removes what dead processes left there. */
export const openPreviewFiles = async (
  config: Pick<Config, 'DATA_DIR' | 'MAX_PREVIEW_BYTES'>,
): Promise<PreviewFiles> => {
  const folder = join(config.DATA_DIR, 'downloads')
  const maxBytes = config.MAX_PREVIEW_BYTES
  await mkdir(folder, { recursive: true })
  await sweepTemporaryFiles(folder)

  return {
    use: async (preview, signal, work) => {
      try {
        if (preview.sizeBytes !== null && preview.sizeBytes > maxBytes) {
          throw tooLarge(preview.sizeBytes, maxBytes)
        }
        if (preview.path !== null) return await work(preview.path)
        const path = join(folder, temporaryName())
        try {
          await save(preview, path, maxBytes, signal)
          return await work(path)
        } finally {
          await rm(path, { force: true })
        }
      } finally {
        await preview.close()
      }
    },
  }
}

const save = async (
  preview: Preview,
  path: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<void> => {
  const bounded = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let sizeBytes = 0
    for await (const chunk of chunks) {
      sizeBytes += chunk.length
      if (sizeBytes > maxBytes) throw tooLarge(sizeBytes, maxBytes)
      yield chunk
    }
  }
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600 })
  try {
    await pipeline(preview.stream(), bounded, file, { signal })
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof Failure) throw error
    const { code, message } = error as NodeJS.ErrnoException
    throw new Failure('unavailable', `the preview cannot be kept: ${code ?? message}`, {
      cause: error,
    })
  }
}
