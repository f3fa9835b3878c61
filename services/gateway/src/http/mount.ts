import type { Express, Request, RequestHandler, Response } from 'express'
import type { Guard } from './operator.ts'
import { Problem } from './problems.ts'
import type { Route } from './route.ts'

/**
 * Puts routes on the app, each bounded in time and, where it is for operators, behind the guard.
 *
 * @param timeoutMs - a request that has no answer by then gets `timed-out`
 */
export const mountRoutes = (
  app: Express,
  routes: readonly Route[],
  options: { guard: Guard; timeoutMs: number },
): void => {
  for (const route of routes) {
    const path = route.path.replaceAll(/\{(\w+)\}/g, ':$1')
    app.all(path, (_request, response, next) => {
      response.locals['route'] = route.path
      next()
    })
    app.get(path, ...(route.operator ? [options.guard] : []), bounded(route, options.timeoutMs))
    app.all(path, () => {
      throw new Problem('method-not-allowed', 'This address answers GET and HEAD only.')
    })
  }
}

const bounded =
  (route: Route, timeoutMs: number): RequestHandler =>
  async (request: Request, response: Response) => {
    const controller = new AbortController()
    const timer = setTimeout(() => {
      // A preview that is being played may take as long as it likes.
      if (response.headersSent) return
      controller.abort(new Problem('timed-out', `No answer within ${String(timeoutMs)} ms.`))
    }, timeoutMs)
    response.once('close', () => {
      clearTimeout(timer)
      controller.abort(new Problem('bad-request', 'The client went away.'))
    })
    await Promise.race([
      route.run(request, response, controller.signal),
      rejectionOf(controller.signal),
    ])
  }

const rejectionOf = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Problem)
    })
  })
