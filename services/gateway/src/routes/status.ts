import { trackStages } from '@soundalike/contracts'
import { z } from 'zod'
import { defineRoute } from '../http/route.ts'
import type { GatewayPorts } from '../ports.ts'
import { stageIdentities } from './stage-identities.ts'

const count = z.int().min(0)

const statusSchema = z
  .object({
    tracks: count.meta({ description: 'Tracks in the catalog' }),
    stages: z
      .array(z.object({ stage: z.enum(trackStages), done: count, failed: count, skipped: count }))
      .meta({ description: 'How many tracks are through each stage of the analysis, in order' }),
    model: z
      .object({
        id: z.string(),
        architecture: z.string(),
        createdAt: z.string().meta({ description: 'RFC 3339' }),
      })
      .nullable()
      .meta({ description: 'The live model, whose vectors are searched' }),
  })
  .meta({ id: 'Status' })

export const statusRoutes = ({
  catalog,
  fingerprints,
}: Pick<GatewayPorts, 'catalog' | 'fingerprints'>) => [
  defineRoute({
    path: '/v1/status',
    id: 'getStatus',
    summary: 'How far the analysis of the library is, and the live model',
    tag: 'library',
    answers: { 200: { description: 'Status', schema: statusSchema } },
    async handle() {
      const [tracks, live] = await Promise.all([catalog.countTracks(), catalog.liveModel()])
      const stages = await Promise.all(
        stageIdentities(fingerprints, live?.manifest.id ?? null).map(
          async ({ stage, fingerprint }) => {
            const { done, failed, skipped } = await catalog.stageCounts(stage, fingerprint)
            return { stage, done, failed, skipped }
          },
        ),
      )
      const model = live && {
        id: live.manifest.id,
        architecture: live.manifest.architecture,
        createdAt: live.manifest.createdAt,
      }
      return { tracks, stages, model }
    },
  }),
]
