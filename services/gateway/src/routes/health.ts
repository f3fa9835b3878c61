import { z } from 'zod'
import { defineRoute } from '../http/route.ts'
import type { GatewayPorts } from '../ports.ts'

/** A store that takes longer than this to say anything counts as not answering. */
const checkTimeoutMs = 2_000

const liveSchema = z.object({ status: z.literal('live') })
const readySchema = z
  .object({
    status: z.enum(['ready', 'not-ready']),
    checks: z.array(z.object({ part: z.string(), ok: z.boolean() })),
  })
  .meta({ id: 'Readiness' })

export const healthRoutes = ({
  catalog,
  vectors,
  log,
}: Pick<GatewayPorts, 'catalog' | 'vectors' | 'log'>) => [
  defineRoute({
    path: '/health/live',
    id: 'getLive',
    summary: 'Whether the process turns over',
    tag: 'operation',
    answers: { 200: { description: 'It does', schema: liveSchema } },
    handle: () => Promise.resolve({ status: 'live' }),
  }),
  defineRoute({
    path: '/health/ready',
    id: 'getReady',
    summary: 'Whether the stores that answers come from answer themselves',
    tag: 'operation',
    answers: {
      200: { description: 'All do', schema: readySchema },
      503: { description: 'At least one does not', schema: readySchema },
    },
    async handle({ response }) {
      const check = async (part: string, ask: () => Promise<unknown>) => {
        try {
          await within(checkTimeoutMs, ask())
          return { part, ok: true }
        } catch (error) {
          log.warn({ part, err: error as Error }, 'not ready')
          return { part, ok: false }
        }
      }
      const checks = await Promise.all([
        check('database', () => catalog.countTracks()),
        check('vectors', () => vectors.live()),
      ])
      const ready = checks.every(({ ok }) => ok)
      response.status(ready ? 200 : 503)
      return { status: ready ? 'ready' : 'not-ready', checks }
    },
  }),
]

const within = async (timeoutMs: number, answer: Promise<unknown>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${String(timeoutMs)} ms`))
    }, timeoutMs)
  })
  try {
    await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
