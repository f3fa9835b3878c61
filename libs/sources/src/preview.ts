import { Failure } from '@soundalike/contracts'
import type { Preview } from './source.ts'

/**
 * Reads a whole preview into memory, refusing one that is larger than the limit before and while it is read.
 *
 * @throws Failure `too-large`, and whatever the preview's stream fails with
 */
export const readPreview = async (
  preview: Preview,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array> => {
  const tooLarge = (sizeBytes: number): Failure =>
    new Failure(
      'too-large',
      `${String(sizeBytes)} bytes or more, at most ${String(maxBytes)} are read`,
    )
  if (preview.sizeBytes !== null && preview.sizeBytes > maxBytes) {
    await preview.close()
    throw tooLarge(preview.sizeBytes)
  }
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of preview.stream() as AsyncIterable<Buffer>) {
    signal.throwIfAborted()
    sizeBytes += chunk.length
    // Leaving the loop destroys the stream.
    if (sizeBytes > maxBytes) throw tooLarge(sizeBytes)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, sizeBytes)
}

/**
 * A preview as a decoder takes it: a file on this machine in place, so that a long one need not fit in
 * memory, anything else as bytes. Closes the preview.
 *
 * @throws Failure `too-large`, and whatever reading throws
 */
export const previewInput = async (
  preview: Preview,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array | { path: string }> => {
  if (preview.path === null) return readPreview(preview, maxBytes, signal)
  await preview.close()
  return { path: preview.path }
}
