import express, { type Express } from 'express'
import { join } from 'node:path'

/**
 * Serves the built web page: hashed assets for ever, `index.html` fresh each time. Addresses of the
 * page's own (`/tracks/…`) get `index.html`; what has a file's form (a dot) does not.
 *
 * @param folder - what `vite build` wrote
 */
export const serveExplorer = (app: Express, folder: string): void => {
  app.use(
    '/assets',
    express.static(join(folder, 'assets'), { immutable: true, maxAge: '1y', index: false }),
  )
  app.get(/^\/(?!v1\/|assets\/)[^.]*$/, (request, response, next) => {
    if (request.accepts('html') === false) {
      next()
      return
    }
    response.set('Cache-Control', 'no-cache')
    response.sendFile('index.html', { root: folder, cacheControl: false }, (error?: Error) => {
      // Not built: the JSON answer of an unknown address says where the API is.
      if (error && !response.headersSent) next()
    })
  })
}
