import type { ModelRow } from '@soundalike/catalog'
import { trackStages } from '@soundalike/contracts'
import { coverageOf, modelsInUse } from '@soundalike/pipeline'
import { z } from 'zod'
import { defineRoute } from '../http/route.ts'
import type { GatewayPorts } from '../ports.ts'
import { stageIdentities } from './stage-identities.ts'

const count = z.int().min(0)

const modelSchema = z.object({
  id: z.string(),
  architecture: z.string(),
  createdAt: z.string().meta({ description: 'RFC 3339' }),
})

const statusSchema = z
  .object({
    tracks: count.meta({ description: 'Tracks in the catalog' }),
    stages: z
      .array(z.object({ stage: z.enum(trackStages), done: count, failed: count, skipped: count }))
      .meta({ description: 'How many tracks are through each stage of the analysis, in order' }),
    model: modelSchema
      .nullable()
      .meta({ description: 'The live model, whose vectors are searched' }),
    filling: z
      .array(
        modelSchema.extend({
          vectors: count,
          images: count.meta({ description: 'Tracks that can have a vector' }),
          coverage: z.number().meta({ description: 'Share of these that have one, 0 to 1' }),
        }),
      )
      .meta({ description: 'Newer models, newest first; each goes live when it covers enough' }),
  })
  .meta({ id: 'Status' })

export const statusRoutes = ({
  catalog,
  vectors,
  fingerprints,
}: Pick<GatewayPorts, 'catalog' | 'vectors' | 'fingerprints'>) => [
  defineRoute({
    path: '/v1/status',
    id: 'getStatus',
    summary: 'How far the analysis of the library is, and the live model',
    tag: 'library',
    answers: { 200: { description: 'Status', schema: statusSchema } },
    async handle() {
      const [tracks, models] = await Promise.all([catalog.countTracks(), catalog.models()])
      const live = models.find(({ status }) => status === 'live')
      const newer = modelsInUse(models).filter((row) => row !== live)
      const stages = await Promise.all(
        stageIdentities(fingerprints, live?.manifest.id ?? null).map(
          async ({ stage, fingerprint }) => {
            const { done, failed, skipped } = await catalog.stageCounts(stage, fingerprint)
            return { stage, done, failed, skipped }
          },
        ),
      )
      const filling = await Promise.all(
        newer.map(async (row) => {
          const { vectors: count, images, share } = await coverageOf(catalog, vectors, row.manifest)
          return { ...describeModel(row), vectors: count, images, coverage: share }
        }),
      )
      const model = live === undefined ? null : describeModel(live)
      return { tracks, stages, model, filling }
    },
  }),
]

const describeModel = ({ manifest: { id, architecture, createdAt } }: ModelRow) => ({
  id,
  architecture,
  createdAt,
})
