import { Failure } from '@soundalike/contracts'
import type { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { failureOfStatus } from './failures.ts'

/** What a server sends of a preview. */
export interface Answer {
  readonly body: Readable
  /** Where in the preview the body begins. */
  readonly first: number
  /** Size of the whole preview as it is sent; null where the server does not say. */
  readonly totalBytes: number | null
  /** Names this version of the preview, for `If-Range`; null where the server has no name for it, or no ranges. */
  readonly validator: string | null
  /** What the bytes are packed with; null where they are as they are. */
  readonly encoding: string | null
}

/**
 * Reads the head of an answer.
 *
 * @param host - for the reason of a failure
 * @param asked - first byte of the part that was asked for; undefined where the whole was
 * @throws Failure by the status, or `unavailable` when the head contradicts itself
 */
export const answerOf = (
  { statusCode, headers, body }: Dispatcher.ResponseData,
  host: string,
  asked: number | undefined,
): Answer => {
  const one = (name: string): string | null => [headers[name]].flat()[0] ?? null
  if (statusCode !== 200 && statusCode !== 206) {
    throw failureOfStatus(statusCode, one('retry-after'), host)
  }
  const length = one('content-length')
  const whole = { first: 0, totalBytes: length === null ? null : Number(length) }
  const encoding = one('content-encoding')?.trim().toLowerCase() ?? 'identity'
  return {
    body,
    ...(statusCode === 200 ? whole : partOf(one('content-range'), host, asked)),
    validator: one('accept-ranges') === 'none' ? null : validatorOf(one),
    encoding: encoding === 'identity' || encoding === '' ? null : encoding,
  }
}

const partOf = (
  contentRange: string | null,
  host: string,
  asked: number | undefined,
): Pick<Answer, 'first' | 'totalBytes'> => {
  const [, first, total] =
    /^bytes (\d{1,15})-\d{1,15}\/(\d{1,15}|\*)$/.exec(contentRange ?? '') ?? []
  if (first === undefined) {
    throw new Failure('unavailable', `${host} sends a part of the preview and does not say which`)
  }
  if (Number(first) !== asked) {
    throw new Failure('unavailable', `${host} sends a part of the preview that was not asked for`)
  }
  return { first: asked, totalBytes: total === '*' ? null : Number(total) }
}

/** A weak tag stands for several sequences of bytes, so it cannot name one to go on with. */
const validatorOf = (header: (name: string) => string | null): string | null => {
  const tag = header('etag')
  return tag !== null && tag.startsWith('"') ? tag : header('last-modified')
}
