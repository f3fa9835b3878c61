import { Failure } from '@soundalike/contracts'
import { request, type Agent, type Dispatcher } from 'undici'
import { answerOf, type Answer } from './answer.ts'
import { failureOfError } from './failures.ts'

/** Part of a preview that is asked for, to go on with the version that `validator` names. */
export interface Continuation {
  readonly first: number
  readonly validator: string
}

interface RequestOptions {
  readonly agent: Agent
  readonly maxRedirects: number
  readonly signal: AbortSignal
  /** The whole preview by default; the server may send the whole even so. */
  readonly from?: Continuation | undefined
}

/**
 * Asks for a preview and follows redirects. Each address on the way is held to the same rules.
 *
 * @throws Failure `address-refused`, `too-many-redirects`, or what the status or the connection says
 */
export const requestPreview = async (address: string, options: RequestOptions): Promise<Answer> => {
  const { agent, maxRedirects, signal, from } = options
  const headers = {
    'user-agent': 'soundalike',
    accept: 'audio/*, */*;q=0.1',
    'accept-encoding': 'identity',
    ...(from && { range: `bytes=${String(from.first)}-`, 'if-range': from.validator }),
  }
  let url = webAddress(address)
  for (let redirects = 0; ; redirects += 1) {
    const response = await request(url, { dispatcher: agent, headers, signal }).catch(
      (error: unknown) => {
        throw failureOfError(error, url.host)
      },
    )
    try {
      const location = redirectOf(response)
      if (location === null) return answerOf(response, url.host, from?.first)
      if (redirects === maxRedirects) {
        throw new Failure('too-many-redirects', `more than ${String(maxRedirects)} redirects`)
      }
      url = webAddress(location, url.href)
      discard(response.body)
    } catch (error) {
      discard(response.body)
      throw error
    }
  }
}

/** Lets go of an answer without reading it to its end, which may never come. */
export const discard = (body: Answer['body']): void => {
  body.on('error', () => undefined).destroy()
}

/** @throws Failure `address-refused` */
const webAddress = (text: string, base?: string): URL => {
  const url = URL.parse(text, base)
  if (url === null) throw new Failure('address-refused', 'the address is not a URL')
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new Failure('address-refused', `the address is ${url.protocol} and not http or https`)
  }
  return url
}

const redirectStatuses: readonly number[] = [301, 302, 303, 307, 308]

const redirectOf = ({ statusCode, headers }: Dispatcher.ResponseData): string | null =>
  redirectStatuses.includes(statusCode) ? ([headers['location']].flat()[0] ?? null) : null
