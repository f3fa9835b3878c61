import { pictureKinds } from '@soundalike/audio'
import PQueue from 'p-queue'
import { z } from 'zod'
import { Problem } from '../http/problems.ts'
import { defineRoute } from '../http/route.ts'
import type { GatewayPorts } from '../ports.ts'
import { findTrack } from './find-track.ts'
import { trackParams } from './schemas.ts'

/** Each picture costs a decode, so few are drawn at once, some wait, and the rest are sent away. */
const drawnAtOnce = 2
const maxWaiting = 8

const pictureParams = trackParams.extend({
  kind: z.enum(pictureKinds).meta({ description: 'What is drawn' }),
})

const pictureQuery = z.strictObject({
  from: z.coerce.number().min(0).max(3_600).optional().meta({
    description: 'Where a waveform begins, in seconds; refused for other kinds',
  }),
  seconds: z.coerce.number().positive().max(3_600).optional().meta({
    description: 'How much of it a waveform shows, by default all; refused for other kinds',
  }),
})

type PicturePorts = Pick<
  GatewayPorts,
  'catalog' | 'sources' | 'previewFiles' | 'audio' | 'preset' | 'decodeLimits'
>

export const pictureRoutes = (ports: PicturePorts) => {
  const { catalog, sources, previewFiles, audio, preset, decodeLimits } = ports
  const turns = new PQueue({ concurrency: drawnAtOnce })
  return [
    defineRoute({
      path: '/v1/tracks/{id}/pictures/{kind}',
      id: 'getPicture',
      summary: 'The sound of a track drawn with axes; decodes the preview anew',
      tag: 'library',
      params: pictureParams,
      query: pictureQuery,
      answers: { 200: { description: 'Picture', contentType: 'image/png', schema: z.unknown() } },
      problems: ['unknown-track', 'no-preview', 'analysis-failed', 'busy'],
      async handle({ params, query, response, signal }) {
        const isPart = query.from !== undefined || query.seconds !== undefined
        if (isPart && params.kind !== 'waveform') {
          throw new Problem('bad-parameter', 'from and seconds go with a waveform alone.')
        }
        const track = await findTrack(catalog, params.id)
        const source = sources.get(track.source)
        if (source === undefined) {
          throw new Problem('no-preview', 'This gateway does not read the source of the track.')
        }
        const { from = 0, seconds = preset.pcm.windowSeconds } = query
        const draw = async (): Promise<Uint8Array> => {
          const preview = await source.open(track, signal)
          const pcm = await previewFiles.use(preview, signal, (path) =>
            audio.decode({ path }, preset, decodeLimits, signal),
          )
          const stretch = { startSeconds: from, seconds }
          return audio.soundPicturePng(pcm, preset, params.kind, stretch, signal)
        }
        if (turns.size >= maxWaiting) {
          throw new Problem('busy', 'As many pictures as may wait are waiting to be drawn.')
        }
        const png = await turns.add(draw, { signal })
        response.type('png').send(Buffer.from(png.buffer, png.byteOffset, png.byteLength))
        return null
      },
    }),
  ]
}
