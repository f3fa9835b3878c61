import { decoder as aiffDecoder } from '@audio/decode-aiff'
import { decoder as wavDecoder } from '@audio/decode-wav'
import { FLACDecoder } from '@wasm-audio-decoders/flac'
import { OggVorbisDecoder } from '@wasm-audio-decoders/ogg-vorbis'
import CodecParser, { type CodecFrame, type OggPage } from 'codec-parser'
import { Failure } from '@soundalike/contracts'
import { MPEGDecoder } from 'mpg123-decoder'
import { OggOpusDecoder } from 'ogg-opus-decoder'
import type { AudioFormat } from './sniff.ts'

/** A stretch of decoded sound: one array of samples in −1 … 1 per channel. */
export interface DecodedChunk {
  readonly channelData: readonly Float32Array[]
  readonly sampleRate: number
}

type Chunks = Iterable<DecodedChunk | Promise<DecodedChunk>>

/** Takes a stream in pieces. Every call may give back sound, or none yet. */
interface StreamDecoder {
  /** Largest piece to feed it with: what comes out of one is in memory all at once. */
  readonly pieceBytes: number
  decode(bytes: Uint8Array): Chunks
  flush(): Chunks
  free(): void
}

/** A frame of MP3 becomes five hundred times as much sound at most, a byte of WAV four. */
const PIECE_BYTES = 64 * 1024
/** A packet of one byte becomes a tenth of a second; this is about the smallest page of 255 of them. */
const OGG_PIECE_BYTES = 512

/**
 * What a file holds, as far as it is asked for, a few MiB at a time. By decoders from npm, WebAssembly with a memory
 * of fixed size, or plain JavaScript.
 *
 * @throws Failure `not-audio` for a format that needs ffmpeg; whatever a decoder throws at damage
 */
export async function* decodedChunks(
  format: AudioFormat,
  bytes: Uint8Array,
): AsyncGenerator<DecodedChunk> {
  const decoder = await openDecoder(format)
  try {
    const { pieceBytes } = decoder
    for (let offset = 0; offset < bytes.length; offset += pieceBytes) {
      yield* decoder.decode(bytes.subarray(offset, offset + pieceBytes))
    }
    yield* decoder.flush()
  } finally {
    release(decoder)
  }
}

const openDecoder = async (format: AudioFormat): Promise<StreamDecoder> => {
  const open = decoders[format]
  if (open !== undefined) return open()
  throw new Failure('not-audio', `${format} needs ffmpeg, which is not installed here`)
}

/** A WebAssembly decoder that damage has led out of its memory cannot even be freed; its instance is dropped. */
const release = (decoder: StreamDecoder): void => {
  try {
    decoder.free()
  } catch {
    // Nothing refers to the instance any more.
  }
}

const mpeg = async (): Promise<StreamDecoder> => {
  const decoder = await ready(new MPEGDecoder())
  const decode = async (bytes: Uint8Array): Promise<DecodedChunk> => {
    const chunk = decoder.decode(bytes)
    // After damage the decoder refuses everything that follows, unless it starts afresh.
    if (chunk.errors.length > 0) await decoder.reset()
    return chunk
  }
  return {
    pieceBytes: PIECE_BYTES,
    decode: (bytes) => [decode(bytes)],
    flush: () => [],
    free: () => decoder.free(),
  }
}

/** Frame by frame: one of a few bytes may hold two MiB of silence, and a page of Ogg hundreds of those. */
const flac = async (container: 'audio/flac' | 'audio/ogg'): Promise<StreamDecoder> => {
  const decoder = await ready(new FLACDecoder())
  const parser = new CodecParser(container, { enableFrameCRC32: false })
  function* decodeFrames(parsed: Iterator<CodecFrame | OggPage>): Chunks {
    for (let next = parsed.next(); next.done !== true; next = parsed.next()) {
      const frames = 'codecFrames' in next.value ? next.value.codecFrames : [next.value]
      for (const { data } of frames) yield decoder.decodeFrames([data])
    }
  }
  return {
    pieceBytes: PIECE_BYTES,
    decode: (bytes) => decodeFrames(parser.parseChunk(bytes)),
    flush: () => decodeFrames(parser.flush()),
    free: () => decoder.free(),
  }
}

interface PlainDecoder {
  decode(bytes: Uint8Array): DecodedChunk | Promise<DecodedChunk>
  flush(): DecodedChunk | Promise<DecodedChunk>
  free(): void
}

const plain = (decoder: PlainDecoder, pieceBytes: number): StreamDecoder => ({
  pieceBytes,
  decode: (bytes) => [decoder.decode(bytes)],
  flush: () => [decoder.flush()],
  free: () => decoder.free(),
})

const ready = async <T extends { readonly ready: Promise<void> }>(decoder: T): Promise<T> => {
  await decoder.ready
  return decoder
}

const decoders: Partial<Record<AudioFormat, () => StreamDecoder | Promise<StreamDecoder>>> = {
  mp3: mpeg,
  'ogg-vorbis': async () => plain(await ready(new OggVorbisDecoder()), OGG_PIECE_BYTES),
  'ogg-opus': async () => plain(await ready(new OggOpusDecoder()), OGG_PIECE_BYTES),
  'ogg-flac': () => flac('audio/ogg'),
  flac: () => flac('audio/flac'),
  wav: () => plain(wavDecoder(), PIECE_BYTES),
  aiff: () => plain(aiffDecoder(), PIECE_BYTES),
}
