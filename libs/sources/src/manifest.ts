import { create } from '@bufbuild/protobuf'
import { sourceId, trackId, TrackSchema, type Track } from '@soundalike/contracts'
import { realpath } from 'node:fs/promises'
import { basename, dirname, extname } from 'node:path'
import { z } from 'zod'
import type { Downloader } from './download/downloader.ts'
import { linesOf } from './lines.ts'
import { listedFile } from './listed-file.ts'
import { openLocalFile } from './local-file.ts'
import type { Page, Refusal, Source } from './source.ts'

const PAGE_TRACKS = 200
const MAX_LINE_BYTES = 1024 * 1024

const text = z.string().max(2_000).default('')

const isWebAddress = (locator: string): boolean => /^https?:/i.test(locator)

/** One line of a manifest; further columns are allowed and not read here. */
const rowSchema = z
  .object({
    file: z
      .string()
      .min(1)
      .max(4_096)
      .refine((file) => !isWebAddress(file), 'an address belongs under url')
      .optional(),
    url: z
      .url({ protocol: /^https?$/ })
      .max(4_096)
      .optional(),
    id: text,
    title: text,
    artist: text,
    album: text,
    isrc: text,
    licence: text,
    attribution: text,
    duration_s: z.number().min(0).default(0),
    train_allowed: z.boolean().default(true),
  })
  .transform((row, context) => {
    const { file, url } = row
    if (file !== undefined && url === undefined) {
      return { ...row, locator: file, name: file, path: file }
    }
    if (url !== undefined && file === undefined) {
      // An address that is signed changes from one manifest to the next; the catalogue's own id does not.
      return { ...row, locator: url, name: row.id || url, path: new URL(url).pathname }
    }
    context.addIssue('a row names a file or a url')
    return z.NEVER
  })

/**
 * Source over a manifest: a file of JSON lines, each naming a preview and what is known of it: a `file` relative to the
 * manifest's folder (or to a `previews` folder beside it), or a `url`.
 *
 * @param path - the manifest; must exist
 * @throws the file system's error where the manifest cannot be found
 */
export const createManifestSource = async (
  path: string,
  downloader: Downloader,
): Promise<Source> => {
  const manifest = await realpath(path)
  const folder = dirname(manifest)
  const id = sourceId('manifest', manifest)

  const trackOf = (row: z.infer<typeof rowSchema>): Track =>
    create(TrackSchema, {
      id: trackId(id, row.name),
      source: id,
      sourceTrackId: row.name,
      title: row.title || basename(row.path, extname(row.path)),
      artist: row.artist,
      album: row.album,
      isrc: row.isrc,
      durationSeconds: row.duration_s,
      licence: row.licence,
      attribution: row.attribution || row.artist,
      trainAllowed: row.train_allowed,
      locator: row.locator,
    })

  const refusal = (number: number, reason: string): Refusal => {
    const track = create(TrackSchema, {
      id: trackId(id, `line ${String(number)}`),
      source: id,
      sourceTrackId: `line ${String(number)}`,
      title: `line ${String(number)} of ${basename(manifest)}`,
    })
    return { track, code: 'no-preview', reason }
  }

  const parseLine = (line: string, number: number): Track | Refusal => {
    try {
      return trackOf(rowSchema.parse(JSON.parse(line)))
    } catch (error) {
      const reason = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message
      return refusal(number, reason.replace(/\s+/g, ' '))
    }
  }

  /** The cursor is the number of the last line read. */
  async function* walk(cursor: string | null, signal: AbortSignal): AsyncGenerator<Page> {
    const first = cursor === null ? 1 : Number(cursor) + 1
    let number = 0
    let page: Page = { tracks: [], refused: [], cursor: '' }
    for await (const line of linesOf(manifest, MAX_LINE_BYTES)) {
      signal.throwIfAborted()
      number += 1
      if (number < first || line?.trim() === '') continue
      const parsed =
        line === null ? refusal(number, 'the line is over 1 MiB long') : parseLine(line, number)
      if ('code' in parsed) page.refused.push(parsed)
      else page.tracks.push(parsed)
      page.cursor = String(number)
      if (page.tracks.length + page.refused.length === PAGE_TRACKS) {
        yield page
        page = { tracks: [], refused: [], cursor: '' }
      }
    }
    if (page.cursor !== '') yield page
  }

  return {
    id,
    kind: 'manifest',
    label: manifest,
    walk,
    open: async ({ locator }, signal) =>
      isWebAddress(locator)
        ? downloader.open(locator, signal)
        : openLocalFile(Buffer.from(await listedFile(folder, locator), 'utf8')),
  }
}
