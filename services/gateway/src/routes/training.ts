import { z } from 'zod'
import { defineRoute } from '../http/route.ts'
import type { GatewayPorts } from '../ports.ts'

const number = z.number()

const epochSchema = z
  .object({
    epoch: z.int().min(1),
    loss: number,
    validationLoss: number.meta({ description: 'On previews that are kept from training' }),
    cropsPerSecond: number,
    seconds: number.meta({ description: 'Length of the epoch' }),
    secondsLeft: number.meta({ description: 'At most, until the model is trained' }),
  })
  .meta({ id: 'Epoch' })

const trainingSchema = z
  .object({
    runs: z.array(
      z.object({
        fraction: number.meta({ description: 'How much of the time has passed, 0 to 1' }),
        epoch: epochSchema.nullable().meta({ description: 'The last that has ended' }),
      }),
    ),
  })
  .meta({ id: 'Training' })

export const trainingRoutes = ({ pipeline }: Pick<GatewayPorts, 'pipeline'>) => [
  defineRoute({
    path: '/v1/training',
    id: 'getTraining',
    summary: 'How far the models are that are being trained',
    tag: 'library',
    answers: { 200: { description: 'Training', schema: trainingSchema } },
    async handle() {
      const jobs = await pipeline.underWay('train')
      const runs = jobs.map(({ fraction, detail }) => {
        const epoch = epochSchema.safeParse(detail)
        return { fraction, epoch: epoch.success ? epoch.data : null }
      })
      return { runs }
    },
  }),
]
