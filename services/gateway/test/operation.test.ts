import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createMetrics } from '@soundalike/runtime'
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { json } from 'node:stream/consumers'
import { z } from 'zod'
import { createApp } from '../src/app.ts'
import { defineRoute } from '../src/http/route.ts'
import { createGatewayService } from '../src/service.ts'
import { startTestGateway, type TestGateway } from './gateway.ts'

const token = 'a-token-of-the-test'
let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway({ API_TOKEN: token })
})
afterAll(() => gateway.close())

describe('operator routes', () => {
  it.each([
    ['without a token', undefined, 401],
    ['with a wrong token', 'Bearer not-the-token', 401],
    ['with the bare token', token, 401],
    ['with the token', `Bearer ${token}`, 200],
  ])('answer %s as they should', async (_name, authorization, status) => {
    const headers = new Headers(authorization === undefined ? {} : { authorization })
    const response = await gateway.get('/metrics', { headers })
    expect(response.status).toBe(status)
    const text = await response.text()
    expect(text.includes('process_cpu_seconds_total')).toBe(status === 200)
  })

  it('keep the gateway off other addresses until there is a token', () => {
    const config = { PORT: 0, EXPLORER_DIR: undefined }
    for (const HOST of ['0.0.0.0', '::', '192.0.2.1', 'example.org']) {
      const ports = { ...gateway.library.ports, config: { ...config, HOST, API_TOKEN: undefined } }
      expect(() => createGatewayService(ports)).toThrow('API_TOKEN')
    }
  })

  it('measure requests by route, never by address', async () => {
    await gateway.get('/v1/tracks/a-stranger-chose-this')
    const headers = { authorization: `Bearer ${token}` }
    const text = await (await gateway.get('/metrics', { headers })).text()
    expect(text).toContain('route="/v1/tracks/{id}",status="404"')
    expect(text).not.toContain('a-stranger-chose-this')
  })
})

describe('health', () => {
  it('is live, and ready while its stores answer', async () => {
    expect((await gateway.get('/health/live')).status).toBe(200)
    expect(await (await gateway.get('/health/ready')).json()).toEqual({
      status: 'ready',
      checks: [
        { part: 'database', ok: true },
        { part: 'vectors', ok: true },
      ],
    })
  })

  it('is live and not ready once the database is gone', async () => {
    const other = await startTestGateway()
    await other.library.close()
    const ready = await other.get('/health/ready')
    expect(ready.status).toBe(503)
    expect(await ready.json()).toMatchObject({
      status: 'not-ready',
      checks: expect.arrayContaining([{ part: 'database', ok: false }]) as unknown,
    })
    expect((await other.get('/health/live')).status).toBe(200)
    await other.service.stop()
  })
})

describe('every answer', () => {
  it('carries the security headers', async () => {
    for (const path of ['/', '/v1/tracks', '/v1/nothing', '/assets/nothing.js']) {
      const { headers } = await gateway.get(path)
      expect(headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(headers.get('content-security-policy')).not.toContain('unsafe')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('x-powered-by')).toBeNull()
      expect(headers.get('access-control-allow-origin')).toBeNull()
    }
  })

  it('is JSON where there is nothing, or where the method is wrong', async () => {
    const missing = await gateway.get('/v1/nothing')
    expect(missing.status).toBe(404)
    expect(await missing.json()).toMatchObject({ error: { code: 'no-such-route' } })
    const posted = await gateway.get('/v1/tracks', { method: 'POST', body: 'x' })
    expect(posted.status).toBe(405)
    expect(posted.headers.get('allow')).toBe('GET, HEAD')
    const malformed = await gateway.get('/v1/tracks/%E0%A4%A')
    expect(malformed.status).toBe(400)
    expect(await malformed.json()).toMatchObject({ error: { code: 'bad-request' } })
  })
})

describe('a name that is pointed at this machine', () => {
  const ask = async (url: string, host: string) => {
    const asked = request(url, { headers: { host } }).end()
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    return { status: answer.statusCode, body: await json(answer) }
  }

  it.each(['/', '/v1/tracks', '/metrics', '/health/live', '/openapi.json'])(
    'gets nothing of %s',
    async (path) => {
      const { status, body } = await ask(gateway.service.url() + path, 'rebound.example.org:8080')
      expect(status).toBe(421)
      expect(body).toMatchObject({ error: { code: 'misdirected' } })
    },
  )

  it('is told from the names of loopback', async () => {
    for (const host of ['localhost', 'localhost:9', '127.0.0.1:9', '[::1]:9']) {
      expect(await ask(`${gateway.service.url()}/health/live`, host)).toMatchObject({ status: 200 })
    }
  })

  it('is how a gateway on a network is asked', async () => {
    const service = createGatewayService({
      ...gateway.library.ports,
      metrics: createMetrics('gateway'),
      config: { HOST: '0.0.0.0', PORT: 0, API_TOKEN: token, EXPLORER_DIR: undefined },
    })
    await service.start()
    const url = service.url().replace('0.0.0.0', '127.0.0.1')
    expect(await ask(`${url}/health/live`, 'music.example.org')).toMatchObject({ status: 200 })
    await service.stop()
  })
})

describe('a request nobody answers', () => {
  it('is told so in time, and its handler hears of it', async () => {
    let heard: Promise<unknown> | undefined
    const route = defineRoute({
      path: '/slow',
      id: 'slow',
      summary: 'Never answers',
      tag: 'operation',
      answers: { 200: { description: 'Never', schema: z.object({}) } },
      handle: ({ signal }) => {
        heard = once(signal, 'abort')
        return new Promise(() => undefined)
      },
    })
    const app = createApp([route], {
      log: gateway.library.ports.log,
      metrics: createMetrics('gateway'),
      host: '127.0.0.1',
      apiToken: undefined,
      explorerDir: '/nowhere',
      answerTimeoutMs: 20,
    })
    const server = app.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const response = await fetch(`http://127.0.0.1:${String(port)}/slow`)
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ error: { code: 'timed-out' } })
    await heard
    server.close()
  })
})

describe('stopping', () => {
  it('does not wait for idle connections, and may be asked twice', async () => {
    const service = createGatewayService({
      ...gateway.library.ports,
      metrics: createMetrics('gateway'),
      config: { HOST: '127.0.0.1', PORT: 0, API_TOKEN: undefined, EXPLORER_DIR: undefined },
    })
    await service.start()
    const url = service.url()
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    await once(socket, 'connect')
    socket.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await once(socket, 'data')
    await Promise.all([service.stop(), service.stop()])
    await expect(fetch(`${url}/health/live`)).rejects.toThrow()
    socket.destroy()
  })
})
