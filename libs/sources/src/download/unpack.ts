import { Failure } from '@soundalike/contracts'
import { pipeline, Readable, type Transform } from 'node:stream'
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from 'node:zlib'

const unpackers = new Map<string, () => Transform>([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
  ['zstd', createZstdDecompress],
])

/**
 * Undoes a content encoding. None was asked for, but some servers pack whatever they send.
 *
 * @throws Failure `not-audio` when the encoding is unknown, or the bytes are not encoded so
 */
export async function* unpack(
  source: AsyncIterable<Buffer>,
  encoding: string,
): AsyncGenerator<Buffer> {
  const unpacker = unpackers.get(encoding)?.()
  if (unpacker === undefined) {
    throw new Failure('not-audio', `packed as ${JSON.stringify(encoding)}, which is not known here`)
  }
  try {
    yield* pipeline(Readable.from(source, { objectMode: false }), unpacker, () => undefined)
  } catch (error) {
    if (error instanceof Failure) throw error
    throw new Failure('not-audio', `said to be packed as ${encoding}, and is not`, { cause: error })
  }
}
