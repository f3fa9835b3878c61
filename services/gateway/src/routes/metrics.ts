import { z } from 'zod'
import { defineRoute } from '../http/route.ts'
import type { GatewayPorts } from '../ports.ts'

export const metricsRoutes = ({ metrics }: Pick<GatewayPorts, 'metrics'>) => [
  defineRoute({
    path: '/metrics',
    id: 'getMetrics',
    summary: 'Figures of this process for Prometheus',
    tag: 'operation',
    operator: true,
    answers: {
      200: { description: 'Text exposition', contentType: 'text/plain', schema: z.string() },
    },
    async handle({ response }) {
      response.type(metrics.contentType).send(await metrics.metrics())
      return null
    },
  }),
]
