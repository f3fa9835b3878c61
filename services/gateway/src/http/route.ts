import type { Request, Response } from 'express'
import { z } from 'zod'
import type {
  ZodOpenApiOperationObject,
  ZodOpenApiResponseObject,
  ZodOpenApiResponsesObject,
} from 'zod-openapi'
import { Problem, problemKinds, type ProblemCode } from './problems.ts'

/** One route, ready to be mounted and documented. */
export interface Route {
  /** In OpenAPI's form, e.g. `/v1/tracks/{id}`. Every route answers GET and HEAD. */
  path: string
  /** Whether it is for those who run the house: it then asks for the API token. */
  operator: boolean
  operation: ZodOpenApiOperationObject
  run(request: Request, response: Response, signal: AbortSignal): Promise<void>
}

/** What a handler is given: parsed parameters, and a signal that aborts when nobody waits any more. */
export interface Call<Params, Query> {
  params: Params
  query: Query
  request: Request
  response: Response
  signal: AbortSignal
}

interface Answer {
  description: string
  /** By default `application/json`. */
  contentType?: string
  schema: z.ZodType
}

interface RouteOptions<Params extends z.ZodObject, Query extends z.ZodObject> {
  path: string
  /** Short name of the operation, unique over the API. */
  id: string
  summary: string
  tag: 'library' | 'operation'
  operator?: boolean
  params?: Params
  query?: Query
  answers: Record<number, Answer>
  problems?: readonly ProblemCode[]
  /** Answers with JSON what it returns; null means that it wrote the answer itself. */
  handle(call: Call<z.output<Params>, z.output<Query>>): Promise<object | null>
}

const problemSchema = z
  .object({
    error: z.object({
      code: z
        .enum(Object.keys(problemKinds) as ProblemCode[])
        .meta({ description: 'For programs' }),
      message: z.string().meta({ description: 'For people: what is the case' }),
      remedy: z.string().meta({ description: 'For people: what to do about it' }),
    }),
  })
  .meta({ id: 'Problem', description: 'Why there is no answer' })

const nothing = z.strictObject({})
type Nothing = typeof nothing

/**
 * Makes a route whose one set of schemas both checks its requests and documents it.
 *
 * @throws Problem `bad-parameter`, from `run`, naming the parameter that does not fit
 */
export const defineRoute = <
  Params extends z.ZodObject = Nothing,
  Query extends z.ZodObject = Nothing,
>(
  options: RouteOptions<Params, Query>,
): Route => ({
  path: options.path,
  operator: options.operator ?? false,
  operation: {
    operationId: options.id,
    summary: options.summary,
    tags: [options.tag],
    requestParams: {
      ...(options.params && { path: options.params }),
      ...(options.query && { query: options.query }),
    },
    responses: responsesOf(options),
    ...(options.operator && { security: [{ token: [] }] }),
  },
  async run(request, response, signal) {
    const body = await options.handle({
      params: parse(options.params ?? nothing, request.params) as z.output<Params>,
      query: parse(options.query ?? nothing, request.query) as z.output<Query>,
      request,
      response,
      signal,
    })
    if (body !== null && !signal.aborted) response.json(body)
  },
})

const parse = (schema: z.ZodObject, given: unknown): unknown => {
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  const said = parsed.error.issues.map((issue) =>
    issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`,
  )
  throw new Problem('bad-parameter', said.join('; '))
}

const responsesOf = ({
  answers,
  problems = [],
  operator = false,
  params,
  query,
}: Pick<
  RouteOptions<z.ZodObject, z.ZodObject>,
  'answers' | 'problems' | 'operator' | 'params' | 'query'
>): ZodOpenApiResponsesObject => {
  const codes: ProblemCode[] = [...problems, 'misdirected', 'internal', 'timed-out', 'unavailable']
  if (params !== undefined || query !== undefined) codes.push('bad-parameter')
  if (operator) codes.push('unauthorised')

  const responses = new Map<string, ZodOpenApiResponseObject>()
  for (const [status, sameStatus] of Map.groupBy(codes, (code) => problemKinds[code].status)) {
    const meaning = sameStatus.map((code) => `\`${code}\`: ${problemKinds[code].remedy}`)
    responses.set(String(status), {
      description: meaning.join('\n\n'),
      content: { 'application/json': { schema: problemSchema } },
    })
  }
  for (const [status, answer] of Object.entries(answers)) {
    const { description, contentType = 'application/json', schema } = answer
    responses.set(status, { description, content: { [contentType]: { schema } } })
  }
  return Object.fromEntries(responses)
}
