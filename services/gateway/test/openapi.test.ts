import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { oas31 } from 'zod-openapi'
import { startTestGateway, type TestGateway } from './gateway.ts'

let gateway: TestGateway
let document: oas31.OpenAPIObject
beforeAll(async () => {
  gateway = await startTestGateway()
  document = (await (await gateway.get('/openapi.json')).json()) as oas31.OpenAPIObject
})
afterAll(() => gateway.close())

/** Checks an answer against the document: its status, content type and, for JSON, its schema. */
const expectDocumented = async (path: string, response: Response): Promise<void> => {
  const status = String(response.status)
  const documented = document.paths?.[path]?.get?.responses as oas31.ResponsesObject
  const content = (documented[status] as oas31.ResponseObject | undefined)?.content
  expect({ path, status, documented: content !== undefined }).toMatchObject({ documented: true })
  const type = (response.headers.get('content-type') ?? '').split(';', 1)[0] ?? ''
  const pattern = Object.keys(content ?? {})[0] ?? ''
  expect(type).toMatch(new RegExp(`^${pattern.replace('*', '.*')}$`))
  if (type !== 'application/json') return

  // Objects of a schema must hold nothing that the document does not tell of.
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  ajv.addSchema(document, 'openapi')
  const pointer = ['paths', path, 'get', 'responses', status, 'content', type, 'schema']
    .map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')))
    .join('/')
  const validate = ajv.compile({ $ref: `openapi#/${pointer}` })
  validate(await response.json())
  expect(validate.errors).toBeNull()
}

const addressOf = (path: string, id: string): string =>
  path.replace('{id}', id).replace('{kind}', 'waveform')

describe('the OpenAPI document', () => {
  it('is a valid one of version 3.1', async () => {
    const { valid, errors } = await new Validator().validate({ ...structuredClone(document) })
    expect({ valid, errors }).toMatchObject({ valid: true })
    expect(document.openapi).toBe('3.1.0')
  })

  it('describes every route, and every route answers as described', async () => {
    const paths = Object.keys(document.paths ?? {})
    expect(paths.sort()).toEqual([
      '/health/live',
      '/health/ready',
      '/metrics',
      '/openapi.json',
      '/v1/status',
      '/v1/tracks',
      '/v1/tracks/{id}',
      '/v1/tracks/{id}/pictures/{kind}',
      '/v1/tracks/{id}/preview',
      '/v1/tracks/{id}/similar',
      '/v1/tracks/{id}/spectrogram.png',
      '/v1/training',
    ])
    for (const path of paths) {
      const response = await gateway.get(addressOf(path, gateway.library.tones[0]?.id ?? ''))
      expect({ path, status: response.status }).toEqual({ path, status: 200 })
      await expectDocumented(path, response)
    }
  })

  it('describes the refusals too', async () => {
    const { waiting, broken, gone } = gateway.library
    for (const path of Object.keys(document.paths ?? {}).filter((p) => p.includes('{id}'))) {
      for (const id of ['nonsense', waiting.id, broken.id, gone.id]) {
        await expectDocumented(path, await gateway.get(addressOf(path, id)))
      }
    }
    await expectDocumented('/v1/tracks', await gateway.get('/v1/tracks?limit=0'))
  })
})
