import { z } from 'zod'
import { createDocument } from 'zod-openapi'
import { defineRoute, type Route } from './http/route.ts'

/** Version of the API, as its addresses carry it (`/v1`) and its document tells it. */
const apiVersion = '1.0.0'

/** OpenAPI 3.1 document of the routes, made from the same schemas that check their requests. */
const documentOf = (routes: readonly Route[]) =>
  createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Soundalike',
      version: apiVersion,
      description:
        'Finds music by how it sounds. An answer that is not there is told as ' +
        '`{ "error": { "code", "message", "remedy" } }`.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: [
      { name: 'library', description: 'Tracks and what sounds like them' },
      { name: 'operation', description: 'How the house is doing' },
    ],
    paths: Object.fromEntries(routes.map(({ path, operation }) => [path, { get: operation }])),
    components: {
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'API_TOKEN of the configuration; where none is set, nothing is asked for',
        },
      },
    },
  })

/** The routes and, as one more, the document that describes them all, itself included. */
export const withDocument = (routes: readonly Route[]): Route[] => {
  const all = [
    ...routes,
    defineRoute({
      path: '/openapi.json',
      id: 'getDocument',
      summary: 'This document',
      tag: 'operation',
      answers: {
        200: { description: 'OpenAPI 3.1', schema: z.looseObject({ openapi: z.string() }) },
      },
      handle: () => Promise.resolve(document),
    }),
  ]
  const document = documentOf(all)
  return all
}
