import { isHostAccepted } from '@soundalike/runtime'
import type { RequestHandler } from 'express'
import { Problem } from './problems.ts'

/** Sends away requests that came to loopback under a name that is not its own. */
export const acceptHost =
  (boundHost: string): RequestHandler =>
  (request, _response, next) => {
    if (!isHostAccepted(boundHost, request.headers.host)) {
      throw new Problem('misdirected', 'This server answers to this machine’s own names only.')
    }
    next()
  }
