import type { RequestHandler } from 'express'
import type { Log, Metrics } from '@soundalike/runtime'
import { randomUUID } from 'node:crypto'
import { Histogram } from 'prom-client'

/** Logs and measures each request once its answer is out, and gives it an id that both sides see. */
export const observeRequests = (log: Log, metrics: Metrics): RequestHandler => {
  const seconds = new Histogram({
    name: 'soundalike_http_request_seconds',
    help: 'Time from a request to the end of its answer',
    labelNames: ['route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [metrics],
  })
  return (request, response, next) => {
    const startedAt = performance.now()
    const requestId = randomUUID()
    response.locals['requestId'] = requestId
    response.set('X-Request-Id', requestId)
    // Express rewrites `url` where a router is mounted.
    const { method, originalUrl } = request
    response.once('close', () => {
      const durationMs = Math.round(performance.now() - startedAt)
      const status = response.statusCode
      // The template, never the address: a stranger must not be able to make time series.
      const route = (response.locals['route'] as string | undefined) ?? 'other'
      seconds.observe({ route, status: String(status) }, durationMs / 1000)
      log[status >= 500 ? 'warn' : 'debug'](
        { requestId, method, url: originalUrl.slice(0, 500), status, durationMs },
        'request',
      )
    })
    next()
  }
}
