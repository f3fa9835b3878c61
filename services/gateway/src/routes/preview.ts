import type { Preview } from '@soundalike/sources'
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
      const open = () => source.open(track, signal)
      const type = await withPreview(open, signal, sniff)
      await withPreview(open, signal, (preview) => send(preview, type, request, response))
      return null
    },
  }),
]

/** Opens a preview for one use, and lets go of it whatever comes: the client may be gone by now. */
const withPreview = async <Result>(
  open: () => Promise<Preview>,
  signal: AbortSignal,
  use: (preview: Preview) => Promise<Result>,
): Promise<Result> => {
  const preview = await open()
  try {
    signal.throwIfAborted()
    return await use(preview)
  } finally {
    await preview.close()
  }
}

/**
 * Content type by what the bytes are. A browser is never told to treat a stranger's file as
 * anything but sound: a web page under an audio name is refused.
 */
const sniff = async (preview: Preview): Promise<string> => {
  const head = await buffer(preview.stream({ first: 0, last: sniffedBytes - 1 }))
  const type = await fileTypeFromBuffer(head)
  if (type?.mime === 'application/ogg') return 'audio/ogg'
  if (type === undefined || !/^(audio|video)\//.test(type.mime)) {
    throw new Problem('no-preview', 'The preview is not sound.')
  }
  return type.mime
}

/** The preview, or the range asked for, a part at a time as the client takes it. */
const send = async (
  preview: Preview,
  type: string,
  request: Request,
  response: Response,
): Promise<void> => {
  const { sizeBytes } = preview
  const range = sizeBytes === null ? undefined : rangeOf(request, sizeBytes)
  if (range === 'unsatisfiable') {
    response.set('Content-Range', `bytes */${String(sizeBytes)}`)
    throw new Problem('range-not-satisfiable', 'The preview ends before the range asked for.')
  }
  response.type(type)
  if (sizeBytes !== null) {
    const length = range === undefined ? sizeBytes : range.last - range.first + 1
    response.set({ 'Accept-Ranges': 'bytes', 'Content-Length': String(length) })
  }
  if (range !== undefined) {
    const { first, last } = range
    response.status(206)
    response.set('Content-Range', `bytes ${String(first)}-${String(last)}/${String(sizeBytes)}`)
  }
  if (request.method === 'HEAD') {
    response.end()
    return
  }
  const sound = preview.stream(range)
  // The pipeline leaves its source open when the answer is closed before it begins.
  await pipeline(sound, response).finally(() => sound.destroy())
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
