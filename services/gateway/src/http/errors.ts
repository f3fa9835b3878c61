import type { ErrorRequestHandler, RequestHandler } from 'express'
import type { Log } from '@soundalike/runtime'
import { Problem } from './problems.ts'

/** Last of all routes. */
export const noSuchRoute: RequestHandler = () => {
  throw new Problem('no-such-route', 'There is nothing at this address.')
}

/** Turns whatever a handler threw into a JSON answer, and logs what was not the client's doing. */
export const answerProblems =
  (log: Log): ErrorRequestHandler =>
  (error: unknown, _request, response, _next) => {
    const problem = Problem.from(error)
    if (problem.status >= 500) {
      log.error({ requestId: response.locals['requestId'] as string, err: error }, problem.message)
    }
    // Half an answer cannot be turned into another: cutting it off is how the client learns.
    if (response.headersSent || response.closed) {
      response.destroy()
      return
    }
    if (problem.code === 'method-not-allowed') response.set('Allow', 'GET, HEAD')
    response.status(problem.status).set('Cache-Control', 'no-store').json(problem)
  }
