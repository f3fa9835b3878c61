import { describe, expect, it } from '@jest/globals'
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { createMetrics, serveHealth } from '../src/index.ts'

describe('serveHealth', () => {
  it('answers probes with their reason, and metrics, to those who know it by its own name', async () => {
    const server = await serveHealth({
      host: '127.0.0.1',
      port: 0,
      live: () => undefined,
      ready: () => {
        throw new Error('the database does not answer')
      },
      metrics: createMetrics('test'),
    })
    try {
      expect((await fetch(`${server.url}/health/live`)).status).toBe(200)
      const ready = await fetch(`${server.url}/health/ready`)
      expect(ready.status).toBe(503)
      expect(await ready.text()).toContain('the database does not answer')
      expect(await (await fetch(`${server.url}/metrics`)).text()).toContain('service="test"')
      expect((await fetch(`${server.url}/else`)).status).toBe(404)
      const asked = request(`${server.url}/metrics`, { headers: { host: 'rebound.example.org' } })
      const [answer] = (await once(asked.end(), 'response')) as [IncomingMessage]
      expect(answer.statusCode).toBe(421)
      expect(await text(answer)).not.toContain('service="test"')
    } finally {
      await server.stop()
    }
  })
})
