import type { Track } from '@soundalike/contracts'
import type { Preview, Source } from '@soundalike/sources'
import type { Request, Response } from 'express'
import { fileTypeFromBuffer } from 'file-type'
import { pipeline } from 'node:stream/promises'
import { buffer } from 'node:stream/consumers'
import { z } from 'zod'
import { Problem } from '../http/problems.ts'
import { defineRoute } from '../http/route.ts'
import type { GatewayPorts } from '../ports.ts'
import { findTrack } from './find-track.ts'
import { trackParams } from './schemas.ts'

/** Bytes that tell every audio format from the others. */
const sniffedBytes = 4100

export const previewRoutes = ({ catalog, sources }: Pick<GatewayPorts, 'catalog' | 'sources'>) => [
  defineRoute({
    path: '/v1/tracks/{id}/preview',
    id: 'getPreview',
    summary: 'The sound of a track, as its source has it; takes a Range header',
    tag: 'library',
    params: trackParams,
    answers: {
      200: { description: 'The whole preview', contentType: 'audio/*', schema: z.unknown() },
      206: { description: 'The range asked for', contentType: 'audio/*', schema: z.unknown() },
    },
    problems: ['unknown-track', 'no-preview', 'range-not-satisfiable'],
    async handle({ params, request, response, signal }) {
      const track = await findTrack(catalog, params.id)
      const source = sources.get(track.source)
      if (source === undefined) {
        throw new Problem('no-preview', 'This gateway does not read the source of the track.')
      }
      response.type(await sniff(source, track, signal))
      await send(await source.open(track, signal), request, response)
      return null
    },
  }),
]

/**
 * Content type by what the bytes are. A browser is never told to treat a stranger's file as
 * anything but sound: a web page under an audio name is refused.
 */
const sniff = async (source: Source, track: Track, signal: AbortSignal): Promise<string> => {
  const preview = await source.open(track, signal)
  const head = await buffer(preview.stream({ first: 0, last: sniffedBytes - 1 }))
  const type = await fileTypeFromBuffer(head)
  if (type?.mime === 'application/ogg') return 'audio/ogg'
  if (type === undefined || !/^(audio|video)\//.test(type.mime)) {
    throw new Problem('no-preview', 'The preview is not sound.')
  }
  return type.mime
}

/** The preview, or the first range asked for, a part at a time as the client takes it. */
const send = async (preview: Preview, request: Request, response: Response): Promise<void> => {
  const { sizeBytes } = preview
  response.set('Cache-Control', 'private, no-cache')
  const range = sizeBytes === null ? undefined : rangeOf(request, sizeBytes)
  if (range === 'unsatisfiable') {
    await preview.close()
    response.set('Content-Range', `bytes */${String(sizeBytes)}`)
    throw new Problem('range-not-satisfiable', 'The preview ends before the range asked for.')
  }
  if (sizeBytes !== null) {
    const length = range === undefined ? sizeBytes : range.last - range.first + 1
    response.set({ 'Accept-Ranges': 'bytes', 'Content-Length': String(length) })
  }
  if (range !== undefined) {
    response.status(206)
    response.set(
      'Content-Range',
      `bytes ${String(range.first)}-${String(range.last)}/${String(sizeBytes)}`,
    )
  }
  if (request.method === 'HEAD') {
    await preview.close()
    response.end()
    return
  }
  await pipeline(preview.stream(range), response)
}

const rangeOf = (
  request: Request,
  sizeBytes: number,
): { first: number; last: number } | 'unsatisfiable' | undefined => {
  const ranges = request.range(sizeBytes, { combine: true })
  if (ranges === -1) return 'unsatisfiable'
  // Malformed, of another unit or of several ports: HTTP allows to answer with the whole.
  if (ranges === undefined || ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1) {
    return undefined
  }
  const [range] = ranges
  return range && { first: range.start, last: range.end }
}
