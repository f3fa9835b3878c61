import { describe, expect, it } from '@jest/globals'
import { createMetrics, serveHealth } from '../src/index.ts'

describe('serveHealth', () => {
  it('answers probes with their reason, and metrics', async () => {
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
    } finally {
      await server.stop()
    }
  })
})
