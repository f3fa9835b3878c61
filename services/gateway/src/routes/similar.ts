import { similarTracks } from '@soundalike/recommend'
import { z } from 'zod'
import { Problem } from '../http/problems.ts'
import { defineRoute } from '../http/route.ts'
import type { GatewayPorts } from '../ports.ts'
import { findTrack } from './find-track.ts'
import {
  describeTrack,
  similaritySchema,
  similarQuery,
  trackParams,
  trackSchema,
} from './schemas.ts'
import { whyNotAnalysed } from './why-not.ts'

const similarSchema = z
  .object({
    track: trackSchema,
    model: z.string().meta({ description: 'Id of the model that made the vectors' }),
    similar: z.array(similaritySchema).meta({ description: 'Nearest first' }),
  })
  .meta({ id: 'SimilarTracks' })

type SimilarPorts = Pick<GatewayPorts, 'catalog' | 'vectors' | 'fingerprints'>

export const similarRoutes = (ports: SimilarPorts) => [
  defineRoute({
    path: '/v1/tracks/{id}/similar',
    id: 'getSimilarTracks',
    summary: 'The tracks that sound most like one',
    tag: 'library',
    params: trackParams,
    query: similarQuery,
    answers: { 200: { description: 'Nearest first', schema: similarSchema } },
    problems: ['unknown-track', 'not-analysed', 'analysis-failed', 'no-live-model'],
    async handle({ params, query }) {
      const { catalog, vectors } = ports
      const track = await findTrack(catalog, params.id)
      const model = await vectors.live()
      if (model === null) throw new Problem('no-live-model', 'No model is live yet.')
      const similar = await similarTracks(vectors, {
        trackId: track.id,
        limit: query.limit,
        space: model,
      })
      if (similar === null) throw await whyNotAnalysed(ports, track.id, model)
      const tracks = await catalog.getTracks(similar.map(({ trackId }) => trackId))
      return {
        track: describeTrack(track),
        model,
        similar: similar.flatMap(({ trackId, similarity, axes }) => {
          // A vector may outlive its track for a moment.
          const neighbour = tracks.get(trackId)
          return neighbour ? [{ track: describeTrack(neighbour), similarity, axes }] : []
        }),
      }
    },
  }),
]
