import { mimeTypeOf, sniffedBytes } from '@soundalike/audio'
import type { Preview } from '@soundalike/sources'
import type { Request, Response } from 'express'
import { pipeline } from 'node:stream/promises'
import { buffer } from 'node:stream/consumers'
import { z } from 'zod'
import { Problem } from '../http/problems.ts'
import { defineRoute } from '../http/route.ts'
import type { GatewayPorts } from '../ports.ts'
import { findTrack } from './find-track.ts'
import { trackParams } from './schemas.ts'

/** Bytes that nearly always tell what a preview is, and those that always do. */
const shortHeadBytes = 4_100
const headSizes = [shortHeadBytes, sniffedBytes]

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
    problems: ['unknown-track', 'no-preview', 'analysis-failed', 'range-not-satisfiable'],
    async handle({ params, request, response, signal }) {
      const track = await findTrack(catalog, params.id)
      const source = sources.get(track.source)
      if (source === undefined) {
        throw new Problem('no-preview', 'This gateway does not read the source of the track.')
      }
      const open = () => source.open(track, signal)
      const headAnew: Head = (bytes) =>
        withPreview(open, signal, (preview) => headOf(preview, bytes))
      await withPreview(open, signal, (preview) => send(preview, headAnew, request, response))
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

/** The first bytes of a preview: so many, or fewer where there are no more. */
type Head = (bytes: number) => Promise<Buffer>

const headOf = (preview: Preview, bytes: number): Promise<Buffer> =>
  buffer(preview.stream({ first: 0, last: Math.min(bytes, preview.sizeBytes ?? bytes) - 1 }))

/**
 * The preview, or the range asked for, a part at a time as the client takes it. What is sent from the beginning is
 * told by its bytes as they pass; for a part from further on the source is asked once more.
 */
const send = async (
  preview: Preview,
  headAnew: Head,
  request: Request,
  response: Response,
): Promise<void> => {
  const { sizeBytes } = preview
  const range = rangeOf(request, response, sizeBytes)
  if (request.method === 'HEAD') {
    const head: Head = (bytes) =>
      bytes === shortHeadBytes ? headOf(preview, bytes) : headAnew(bytes)
    response.type(await typeOf(head))
    describe(response, sizeBytes, range)
    response.end()
    return
  }
  const holdsHead = (bytes: number): boolean =>
    range === undefined || (range.first === 0 && range.last >= bytes)
  const typeElsewhere = holdsHead(shortHeadBytes) ? null : await typeOf(headAnew)
  const sound = preview.stream(range)
  try {
    const chunks = sound[Symbol.asyncIterator]() as AsyncIterator<Buffer>
    let begun = Buffer.alloc(0)
    const head: Head = async (bytes) => {
      if (!holdsHead(bytes)) return headAnew(bytes)
      begun = Buffer.concat([begun, await take(chunks, bytes - begun.length)])
      return begun
    }
    response.type(typeElsewhere ?? (await typeOf(head)))
    describe(response, sizeBytes, range)
    await pipeline(joined(begun, chunks), response)
  } finally {
    // The pipeline leaves its source open when the answer is closed before it begins.
    sound.destroy()
  }
}

/** At least so many bytes, fewer where there are no more. */
const take = async (chunks: AsyncIterator<Buffer>, bytes: number): Promise<Buffer> => {
  const taken: Buffer[] = []
  for (let size = 0; size < bytes; size += taken.at(-1)?.length ?? 0) {
    const next = await chunks.next()
    if (next.done === true) break
    taken.push(next.value)
  }
  return Buffer.concat(taken)
}

async function* joined(begun: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  if (begun.length > 0) yield begun
  yield* { [Symbol.asyncIterator]: () => rest }
}

/**
 * Content type by what the bytes are. A browser is never told to treat a stranger's file as
 * anything but sound: a web page under an audio name is refused.
 */
const typeOf = async (head: Head): Promise<string> => {
  for (const bytes of headSizes) {
    const begun = await head(bytes)
    const type = await mimeTypeOf(begun)
    if (type !== null) return type
    if (begun.length < bytes) break
  }
  throw new Problem('no-preview', 'The preview is not sound.')
}

interface Range {
  readonly first: number
  readonly last: number
}

/** Status and headers of an answer, save its content type. */
const describe = (response: Response, sizeBytes: number | null, range: Range | undefined): void => {
  if (sizeBytes === null) return
  const length = range === undefined ? sizeBytes : range.last - range.first + 1
  response.set({ 'Accept-Ranges': 'bytes', 'Content-Length': String(length) })
  if (range === undefined) return
  const { first, last } = range
  response.status(206)
  response.set('Content-Range', `bytes ${String(first)}-${String(last)}/${String(sizeBytes)}`)
}

/** @throws Problem `range-not-satisfiable` */
const rangeOf = (
  request: Request,
  response: Response,
  sizeBytes: number | null,
): Range | undefined => {
  if (sizeBytes === null) return undefined
  const ranges = request.range(sizeBytes, { combine: true })
  if (ranges === -1) {
    response.set('Content-Range', `bytes */${String(sizeBytes)}`)
    throw new Problem('range-not-satisfiable', 'The preview ends before the range asked for.')
  }
  // Malformed, of another unit or of several parts: HTTP allows to answer with the whole.
  if (ranges === undefined || ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1) {
    return undefined
  }
  const [range] = ranges
  return range && { first: range.start, last: range.end }
}
