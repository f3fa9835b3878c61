import express, { type Express } from 'express'
import { acceptHost } from './http/accept-host.ts'
import { answerProblems, noSuchRoute } from './http/errors.ts'
import { securityHeaders } from './http/headers.ts'
import { mountRoutes } from './http/mount.ts'
import { observeRequests } from './http/observe.ts'
import { createGuard } from './http/operator.ts'
import type { Route } from './http/route.ts'
import { serveExplorer } from './explorer.ts'
import { withDocument } from './openapi.ts'
import type { GatewayPorts } from './ports.ts'
import { healthRoutes } from './routes/health.ts'
import { metricsRoutes } from './routes/metrics.ts'
import { pictureRoutes } from './routes/pictures.ts'
import { previewRoutes } from './routes/preview.ts'
import { similarRoutes } from './routes/similar.ts'
import { spectrogramRoutes } from './routes/spectrogram.ts'
import { statusRoutes } from './routes/status.ts'
import { trackRoutes } from './routes/tracks.ts'
import { trainingRoutes } from './routes/training.ts'

/** Every route of the API. A new noun is one file in `routes/` and one line here. */
export const allRoutes = (ports: GatewayPorts): Route[] =>
  withDocument([
    ...trackRoutes(ports),
    ...similarRoutes(ports),
    ...previewRoutes(ports),
    ...spectrogramRoutes(ports),
    ...pictureRoutes(ports),
    ...statusRoutes(ports),
    ...trainingRoutes(ports),
    ...healthRoutes(ports),
    ...metricsRoutes(ports),
  ])

interface AppOptions {
  log: GatewayPorts['log']
  metrics: GatewayPorts['metrics']
  /** What the server is bound to. */
  host: string
  /** Bearer token of operator routes. */
  apiToken: string | undefined
  /** Folder of the built web page. */
  explorerDir: string
  /** A request without an answer by then is told so. */
  answerTimeoutMs: number
}

/** The HTTP application over its routes: observe, protect, answer, and say what went wrong. */
export const createApp = (routes: readonly Route[], options: AppOptions): Express => {
  const app = express()
  app.disable('x-powered-by')
  app.use(observeRequests(options.log, options.metrics))
  app.use(securityHeaders())
  app.use(acceptHost(options.host))
  app.use('/v1', (_request, response, next) => {
    response.set('Cache-Control', 'private, no-cache')
    next()
  })
  mountRoutes(app, routes, {
    guard: createGuard(options.apiToken),
    timeoutMs: options.answerTimeoutMs,
  })
  serveExplorer(app, options.explorerDir)
  app.use(noSuchRoute)
  app.use(answerProblems(options.log))
  return app
}
