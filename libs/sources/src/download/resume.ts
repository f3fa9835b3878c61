import { Failure } from '@soundalike/contracts'
import { createHash, type Hash } from 'node:crypto'
import type { Answer } from './answer.ts'
import { discard, type Continuation } from './request.ts'

/** How often one download goes on after it was cut short. */
const MAX_RESUMPTIONS = 3

/** First and last byte, both included. */
export interface ByteRange {
  readonly first: number
  readonly last: number
}

/**
 * Bytes of a preview as they are sent. Where the answer is cut short, goes on from there with a range request, or,
 * where the server has no ranges, asks for the whole again and passes over what was there before.
 *
 * @param ask - sends another request for the same preview
 * @throws Failure `unavailable` when it is not the same preview any more; the last error of the connection; what
 * `ask` throws
 */
export async function* readResuming(
  opened: Answer,
  ask: (from?: Continuation) => Promise<Answer>,
  { first, last }: ByteRange,
): AsyncGenerator<Buffer> {
  const { validator, totalBytes } = opened
  const end = Math.min(last + 1, totalBytes ?? Infinity)
  const seen = createHash('sha256')
  let position = first

  const askAgain = async (): Promise<Answer> => {
    const answer = await ask(validator === null ? undefined : { first: position, validator })
    const sameSize =
      answer.totalBytes === null || answer.totalBytes === (totalBytes ?? answer.totalBytes)
    if (sameSize && answer.encoding === opened.encoding) return answer
    discard(answer.body)
    throw changed()
  }

  let answer = opened
  if (first > 0 && validator !== null) {
    discard(opened.body)
    answer = await askAgain()
  }
  for (let resumptions = 0; ; resumptions += 1) {
    try {
      for await (const chunk of bytesFrom(position, answer, first, seen)) {
        const part = chunk.subarray(0, end - position)
        position += part.length
        seen.update(part)
        yield part
        if (position === end) return
      }
      // An answer of unknown size that ends without an error is whole.
      if (totalBytes === null || position >= end) return
      throw new Error(`ends after ${String(position)} of ${String(totalBytes)} bytes`)
    } catch (error) {
      if (error instanceof Failure || resumptions === MAX_RESUMPTIONS) throw error
    }
    answer = await askAgain()
  }
}

/**
 * What an answer holds from a position on. Where it begins before that, the bytes passed over must be the ones that
 * were there before.
 *
 * @param first - where the bytes in `seen` begin; they end at `position`
 */
async function* bytesFrom(
  position: number,
  answer: Answer,
  first: number,
  seen: Hash,
): AsyncGenerator<Buffer> {
  const seenBefore = digestOf(seen)
  const repeated = createHash('sha256')
  let same = answer.first === position
  let offset = answer.first
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    const freshAt = Math.max(0, position - offset)
    repeated.update(chunk.subarray(Math.max(0, first - offset), freshAt))
    offset += chunk.length
    if (freshAt >= chunk.length) continue
    same ||= digestOf(repeated) === seenBefore
    if (!same) throw changed()
    yield chunk.subarray(freshAt)
  }
}

/** Of what the hash was given so far; it can be given more. */
const digestOf = (hash: Hash): string => hash.copy().digest('hex')

const changed = (): Failure =>
  new Failure('unavailable', 'the preview changed while it was being read')
