import { Failure } from '@soundalike/contracts'
import { Readable } from 'node:stream'
import type { Preview } from '../source.ts'
import { createDownloadAgent, type Lookup } from './agent.ts'
import type { Answer } from './answer.ts'
import { failureOfError, tooLarge } from './failures.ts'
import { createHostBreakers } from './host-breakers.ts'
import type { DownloadLimits } from './limits.ts'
import { requestPreview, type Continuation } from './request.ts'
import { readResuming, type ByteRange } from './resume.ts'
import { unpack } from './unpack.ts'

/** Opens previews that lie behind an address. */
export interface Downloader {
  /**
   * Asks for a preview and returns once the head of the answer is there; the rest comes as it is read.
   *
   * @param url - http or https
   * @throws Failure `no-preview`, `forbidden`, `too-large`, `address-refused`, `too-many-redirects`,
   * `rate-limited` or `unavailable`; the stream fails with these, and `not-audio`
   */
  open(url: string, signal: AbortSignal): Promise<Preview>
}

const whole: ByteRange = { first: 0, last: Infinity }

/**
 * @param lookup - finds the addresses of names; the system's by default
 * @throws Error naming an entry of `allowHosts` that is wrong
 */
export const createDownloader = (limits: DownloadLimits, lookup?: Lookup): Downloader => {
  const agent = createDownloadAgent(limits, lookup)
  const { maxBytes, maxRedirects, timeoutMs } = limits
  const hosts = createHostBreakers(limits)

  const tooLate = (cause: unknown, host: string): Failure => {
    const reason = `${host}: not all there after ${String(timeoutMs / 1000)} s`
    return new Failure('unavailable', reason, { cause })
  }

  return {
    open: async (url, signal) => {
      const host = URL.parse(url)?.host ?? 'the address'
      const leave = hosts.enter(host)
      const letGo = new AbortController()
      const late = AbortSignal.timeout(timeoutMs)
      const ends = AbortSignal.any([signal, late, letGo.signal])

      /** What is thrown by work that was cut off says less than why it was. */
      const fail = (error: unknown): never => {
        const failure = late.aborted ? tooLate(error, host) : failureOfError(error, host)
        leave(signal.aborted ? undefined : failure)
        signal.throwIfAborted()
        throw failure
      }
      const end = (): void => {
        letGo.abort()
        leave()
      }
      const ask = (from?: Continuation): Promise<Answer> =>
        requestPreview(url, { agent, maxRedirects, signal: ends, from })

      const answer = await ask().catch(fail)
      const { encoding, totalBytes } = answer
      if (totalBytes !== null && totalBytes > maxBytes) {
        end()
        throw tooLarge(totalBytes, maxBytes)
      }

      async function* sent(range: ByteRange): AsyncGenerator<Buffer> {
        try {
          yield* atMost(maxBytes, readResuming(answer, ask, range))
        } catch (error) {
          fail(error)
        }
      }
      const bytes = (range: ByteRange): AsyncGenerator<Buffer> =>
        encoding === null
          ? sent(range)
          : slice(atMost(maxBytes, unpack(sent(whole), encoding)), range)

      return {
        path: null,
        sizeBytes: encoding === null ? totalBytes : null,
        stream: (range = whole) =>
          Readable.from(bytes(range), { objectMode: false }).once('close', end),
        close: async () => end(),
      }
    },
  }
}

/** @throws Failure `too-large` as soon as there is more */
async function* atMost(maxBytes: number, source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let sizeBytes = 0
  for await (const chunk of source) {
    sizeBytes += chunk.length
    if (sizeBytes > maxBytes) throw tooLarge(sizeBytes, maxBytes)
    yield chunk
  }
}

async function* slice(
  source: AsyncIterable<Buffer>,
  { first, last }: ByteRange,
): AsyncGenerator<Buffer> {
  let offset = 0
  for await (const chunk of source) {
    const part = chunk.subarray(Math.max(0, first - offset), Math.max(0, last + 1 - offset))
    if (part.length > 0) yield part
    offset += chunk.length
    if (offset > last) return
  }
}
