import { setImmediate } from 'node:timers/promises'
import { Failure } from '@soundalike/contracts'
import { adtsFrame } from './adts-frame.ts'
import type { ByteReader } from './input.ts'
import { mpegFrame, type Frame } from './mpeg-frame.ts'

/** Formats that are frames in a row and nothing else: only who counts the frames knows how long they are. */
export type FrameFormat = 'mp3' | 'adts'

type FrameReader = (bytes: Uint8Array, offset: number) => Frame | null

const frameReaders: Record<FrameFormat, FrameReader> = { mp3: mpegFrame, adts: adtsFrame }

const BLOCK_BYTES = 128 * 1024
const LONGEST_HEADER_BYTES = 7
/** Consecutive frame headers that make a stream of frames; fewer are found in random bytes. */
const FRAMES_IN_A_ROW = 4

/** Where frames begin to follow each other without a gap, or null where they never do. */
export const findFrames = (
  head: Uint8Array,
): { readonly format: FrameFormat; readonly offset: number } | null => {
  for (let offset = head.indexOf(0xff); offset >= 0; offset = head.indexOf(0xff, offset + 1)) {
    if (chained(head, offset, mpegFrame)) return { format: 'mp3', offset }
    if (chained(head, offset, adtsFrame)) return { format: 'adts', offset }
  }
  return null
}

const chained = (bytes: Uint8Array, start: number, frameAt: FrameReader): boolean => {
  let offset = start
  for (let count = 0; count < FRAMES_IN_A_ROW; count++) {
    const frame = frameAt(bytes, offset)
    if (frame === null) return false
    offset += frame.bytes
  }
  return true
}

/**
 * Length of a stream of frames in seconds, by the header of every one of them; headers that speak for the whole
 * (Xing, VBRI) lie too often. Damage between frames is skipped. Lets others work after each block it reads.
 *
 * @throws Failure `timed-out` once the signal is aborted
 */
export const frameStreamSeconds = async (
  reader: ByteReader,
  format: FrameFormat,
  startOffset: number,
  signal: AbortSignal,
): Promise<number> => {
  let offset = startOffset
  let seconds = 0
  for (;;) {
    const block = await reader.read(offset, BLOCK_BYTES)
    if (block.length < LONGEST_HEADER_BYTES) return seconds
    const counted = countFrames(block, frameReaders[format])
    seconds += counted.seconds
    offset += counted.bytes
    await setImmediate()
    if (signal.aborted) throw new Failure('timed-out', 'counting its frames took too long')
  }
}

/** Frames whose headers lie in a block, and where the next one is to be looked for: mostly behind the block. */
const countFrames = (
  block: Uint8Array,
  frameAt: FrameReader,
): { seconds: number; bytes: number } => {
  const lastHeader = block.length - LONGEST_HEADER_BYTES
  let offset = 0
  let seconds = 0
  while (offset <= lastHeader) {
    const frame = frameAt(block, offset)
    const next = offset + (frame?.bytes ?? 0)
    if (frame !== null && (next > lastHeader || frameAt(block, next) !== null)) {
      seconds += frame.seconds
      offset = next
    } else {
      offset++
    }
  }
  return { seconds, bytes: offset }
}
