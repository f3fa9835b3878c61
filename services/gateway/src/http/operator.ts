import { isLoopback, type Config } from '@soundalike/runtime'
import type { RequestHandler } from 'express'
import { createHash, timingSafeEqual } from 'node:crypto'
import { Problem } from './problems.ts'
import type { Route } from './route.ts'

export type Guard = RequestHandler

/**
 * Nothing that changes or reveals the running of the house is open to a network without a token.
 *
 * @throws Error at the start, naming what to configure
 */
export const requireTokenBeyondLoopback = (
  routes: readonly Route[],
  { HOST, API_TOKEN }: Pick<Config, 'HOST' | 'API_TOKEN'>,
): void => {
  if (API_TOKEN !== undefined || isLoopback(HOST)) return
  const operator = routes.filter((route) => route.operator).map((route) => route.path)
  if (operator.length === 0) return
  throw new Error(
    `HOST ${HOST} is reachable from other machines and ${operator.join(', ')} must not be: ` +
      'set API_TOKEN, or bind to 127.0.0.1',
  )
}

/** Lets a request pass that carries the token. Without a configured token all pass: the server is on loopback. */
export const createGuard = (apiToken: string | undefined): Guard => {
  if (apiToken === undefined) {
    return (_request, _response, next) => {
      next()
    }
  }
  const expected = digest(`Bearer ${apiToken}`)
  return (request, response, next) => {
    // Digests have one length, so the comparison takes one time whatever was sent.
    if (timingSafeEqual(digest(request.headers.authorization ?? ''), expected)) {
      next()
      return
    }
    response.set('WWW-Authenticate', 'Bearer')
    throw new Problem('unauthorised', 'This address is for operators.')
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
