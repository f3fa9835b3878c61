import { parseBuffer, parseFile } from 'music-metadata'
import type { AudioInput } from './input.ts'

const OPTIONS = { skipCovers: true, duration: false }

/**
 * Length of a preview as its headers have it, in seconds; null where they do not say.
 * A hint for where to start, never trusted for how much there is.
 */
export const claimedSeconds = async (input: AudioInput): Promise<number | null> => {
  try {
    const { format } = await (input instanceof Uint8Array
      ? parseBuffer(input, undefined, OPTIONS)
      : parseFile(input.path, OPTIONS))
    const seconds = format.duration
    return seconds !== undefined && Number.isFinite(seconds) && seconds > 0 ? seconds : null
  } catch {
    return null
  }
}
