import { decoder as aiffDecoder } from '@audio/decode-aiff'
import { decoder as wavDecoder } from '@audio/decode-wav'
import { FLACDecoder } from '@wasm-audio-decoders/flac'
import { OggVorbisDecoder } from '@wasm-audio-decoders/ogg-vorbis'
import { Failure } from '@soundalike/contracts'
import { MPEGDecoder } from 'mpg123-decoder'
import { OggOpusDecoder } from 'ogg-opus-decoder'
import type { AudioFormat } from './sniff.ts'

/** A stretch of decoded sound: one array of samples in −1 … 1 per channel. */
export interface DecodedChunk {
  readonly channelData: readonly Float32Array[]
  readonly sampleRate: number
}

/** Takes a stream in pieces of any size. Every call may give back sound, or none yet. */
export interface StreamDecoder {
  decode(bytes: Uint8Array): DecodedChunk | Promise<DecodedChunk>
  flush(): DecodedChunk | Promise<DecodedChunk>
  free(): void
}

const NOTHING: DecodedChunk = { channelData: [], sampleRate: 0 }

const ready = async <T extends { readonly ready: Promise<void> }>(decoder: T): Promise<T> => {
  await decoder.ready
  return decoder
}

const mpeg = async (): Promise<StreamDecoder> => {
  const decoder = await ready(new MPEGDecoder())
  return {
    decode: async (bytes) => {
      const chunk = decoder.decode(bytes)
      // After damage the decoder refuses everything that follows, unless it starts afresh.
      if (chunk.errors.length > 0) await decoder.reset()
      return chunk
    },
    flush: () => NOTHING,
    free: () => decoder.free(),
  }
}

const decoders: Partial<Record<AudioFormat, () => StreamDecoder | Promise<StreamDecoder>>> = {
  mp3: mpeg,
  'ogg-vorbis': () => ready(new OggVorbisDecoder()),
  'ogg-opus': () => ready(new OggOpusDecoder()),
  'ogg-flac': () => ready(new FLACDecoder()),
  flac: () => ready(new FLACDecoder()),
  wav: wavDecoder,
  aiff: aiffDecoder,
}

/**
 * Decoder of a format from npm, WebAssembly or plain JavaScript.
 *
 * @throws Failure `not-audio` for a format that needs ffmpeg
 */
export const streamDecoder = async (format: AudioFormat): Promise<StreamDecoder> => {
  const create = decoders[format]
  if (create !== undefined) return create()
  throw new Failure('not-audio', `${format} needs ffmpeg, which is not installed here`)
}
