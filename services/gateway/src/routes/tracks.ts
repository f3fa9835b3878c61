import { z } from 'zod'
import { defineRoute } from '../http/route.ts'
import type { GatewayPorts } from '../ports.ts'
import { findTrack } from './find-track.ts'
import { describeTrack, searchQuery, trackParams, trackSchema } from './schemas.ts'

const pageSchema = z
  .object({
    tracks: z.array(trackSchema),
    total: z.int().min(0).meta({ description: 'Matches over all pages' }),
    limit: z.int(),
    offset: z.int(),
  })
  .meta({ id: 'TrackPage' })

export const trackRoutes = ({ catalog }: Pick<GatewayPorts, 'catalog'>) => [
  defineRoute({
    path: '/v1/tracks',
    id: 'searchTracks',
    summary: 'Search the library by words; without any, all of it',
    tag: 'library',
    query: searchQuery,
    answers: { 200: { description: 'One page of the matches', schema: pageSchema } },
    async handle({ query: { query, limit, offset } }) {
      const { tracks, total } = await catalog.searchTracks({ query, limit, offset })
      return { tracks: tracks.map(describeTrack), total, limit, offset }
    },
  }),
  defineRoute({
    path: '/v1/tracks/{id}',
    id: 'getTrack',
    summary: 'One track',
    tag: 'library',
    params: trackParams,
    answers: { 200: { description: 'The track', schema: trackSchema } },
    problems: ['unknown-track'],
    async handle({ params }) {
      return describeTrack(await findTrack(catalog, params.id))
    },
  }),
]
