import type { Track } from '@soundalike/contracts'
import { z } from 'zod'

/** Longest search text. */
const maxQueryLength = 200
/** Deepest page of a search: the database walks over everything before it. */
const maxOffset = 1_000_000

export const trackParams = z.strictObject({
  id: z.string().meta({ description: 'Id of a track', examples: ['t3b1fe0a2c4d5e6f708192a3b'] }),
})

export const searchQuery = z.strictObject({
  query: z
    .string()
    .max(maxQueryLength)
    // PostgreSQL has no text with a zero character in it.
    .regex(/^[^\0]*$/, 'must not hold a zero character')
    .default('')
    .meta({
      description: 'Words, each of which must begin a word of title, artist, album or file',
    }),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  offset: z.coerce.number().int().min(0).max(maxOffset).default(0),
})

export const similarQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(10),
})

export const trackSchema = z
  .object({
    id: z.string(),
    source: z.string().meta({ description: 'Id of the source the track is from' }),
    file: z.string().meta({ description: 'The source’s own name for the track' }),
    title: z.string().meta({ description: 'Empty where the source gives none' }),
    artist: z.string(),
    album: z.string(),
    isrc: z.string(),
    durationSeconds: z.number().min(0).meta({ description: '0 where the source does not say' }),
    licence: z.string(),
    attribution: z.string().meta({ description: 'Who must be named where the track is shown' }),
  })
  .meta({ id: 'Track', description: 'A track, as its source describes it' })

export const similaritySchema = z
  .object({
    track: trackSchema,
    similarity: z.number().meta({ description: 'Cosine of the whole vectors, −1…1' }),
    axes: z.object({
      time: z.number().meta({ description: 'Cosine of the halves that convolve along time' }),
      frequency: z.number().meta({ description: 'Cosine of those that convolve along frequency' }),
    }),
  })
  .meta({ id: 'Similarity' })

/** What the API tells of a track: everything but where its preview lies. */
export const describeTrack = (track: Track): z.output<typeof trackSchema> => ({
  id: track.id,
  source: track.source,
  file: track.sourceTrackId,
  title: track.title,
  artist: track.artist,
  album: track.album,
  isrc: track.isrc,
  durationSeconds: track.durationSeconds,
  licence: track.licence,
  attribution: track.attribution,
})
