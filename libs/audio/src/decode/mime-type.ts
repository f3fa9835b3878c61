import { Failure } from '@soundalike/contracts'
import { openInput } from './input.ts'
import { afterTags, sniff, type AudioFormat } from './sniff.ts'

const mimeTypes: Record<AudioFormat, string> = {
  mp3: 'audio/mpeg',
  adts: 'audio/aac',
  mp4: 'audio/mp4',
  'ogg-vorbis': 'audio/ogg',
  'ogg-opus': 'audio/ogg',
  'ogg-flac': 'audio/ogg',
  flac: 'audio/flac',
  wav: 'audio/wav',
  aiff: 'audio/aiff',
}

/**
 * MIME type of a preview, for whoever passes it on. It is told as for decoding, by what the bytes are.
 *
 * @param head - its first bytes; more than `sniffedBytes` tell no more. What its tags fill is taken for MP3.
 * @returns null where they are not sound
 */
export const mimeTypeOf = async (head: Uint8Array): Promise<string | null> => {
  try {
    const reader = await openInput(head, head.length)
    if ((await afterTags(reader)) >= head.length) return mimeTypes.mp3
    return mimeTypes[(await sniff(reader)).format]
  } catch (error) {
    if (error instanceof Failure) return null
    throw error
  }
}
