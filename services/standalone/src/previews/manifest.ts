import { listedFile } from '@soundalike/sources'
import { readFile, realpath } from 'node:fs/promises'
import { z } from 'zod'
import { at } from '../at.ts'

/** One line of a manifest of previews, and where its sound lies. */
export interface ListedPreview {
  /** Absolute. */
  path: string
  /** The line as it was read. */
  row: Readonly<Record<string, unknown>>
  recording: string
  /** Empty where it is not known. */
  artist: string
  album: string
  licence: string
  trainAllowed: boolean
  /** Further columns that say the same of several recordings, by name. */
  labels: Readonly<Record<string, string>>
}

/** Everything is compared with everything, and every mel image is kept: 64 KiB each. */
const MAX_PREVIEWS = 5_000
const MAX_MANIFEST_BYTES = 64 * 1024 * 1024

const text = z.string().max(4_096).default('')

const rowSchema = z.looseObject({
  file: z.string().min(1).max(4_096),
  track_id: text,
  artist: text,
  album: text,
  licence: text,
  train_allowed: z.boolean().default(true),
})

/** Columns that say which preview it is, where it came from or how it was made, not what it is like. */
const notLabels = new Set([
  ...['id', 'file', 'track_id', 'segment', 'title', 'artist', 'album', 'licence', 'train_allowed'],
  ...['group', 'split', 'origin_file', 'origin_format', 'artist_from', 'title_from'],
  ...['licence_from', 'licence_holder', 'attribution', 'isrc', 'url'],
])

/**
 * Reads a manifest: JSON lines, each naming a preview by `file`, relative to the music folder or to a folder
 * `previews` in it; `track_id` is the recording it is a part of, `artist` may be `unknown`.
 *
 * @throws Error naming the line that is not of that form
 * @throws Failure naming the file that is not there or lies outside the folder
 */
export const readManifest = async (
  manifest: string,
  musicFolder: string,
): Promise<ListedPreview[]> => {
  const bytes = await readFile(manifest)
  if (bytes.length > MAX_MANIFEST_BYTES) throw new Error(`${manifest} is larger than 64 MiB`)
  const lines = bytes.toString('utf8').split('\n')
  const rows = lines.flatMap((line, index) =>
    line.trim() === '' ? [] : [parseRow(line, `${manifest}, line ${String(index + 1)}`)],
  )
  if (rows.length === 0) throw new Error(`${manifest} lists no previews`)
  if (rows.length > MAX_PREVIEWS) {
    throw new Error(`${manifest} lists more than ${String(MAX_PREVIEWS)} previews`)
  }
  const folder = await realpath(musicFolder)
  const labels = labelColumns(rows)
  return Promise.all(
    rows.map(async (row) => ({
      path: await listedFile(folder, row.file),
      row,
      recording: row.track_id || row.file,
      artist: row.artist === 'unknown' ? '' : row.artist,
      album: row.album,
      licence: row.licence,
      trainAllowed: row.train_allowed,
      labels: Object.fromEntries(labels.map((name) => [name, labelOf(row, name)])),
    })),
  )
}

/**
 * All of several manifests together; a file that two of them list counts once.
 *
 * @param musicFolders - one for each, at the same place
 * @throws Error and Failure as {@link readManifest}; Error where there are not as many of the one as of the other
 */
export const readManifests = async (
  manifests: readonly string[],
  musicFolders: readonly string[],
): Promise<ListedPreview[]> => {
  if (manifests.length !== musicFolders.length)
    throw new Error('every --manifest needs its --music')
  const lists = await Promise.all(
    manifests.map((file, index) => readManifest(file, at(musicFolders, index))),
  )
  const byFile = new Map(lists.flat().map((preview) => [String(preview.row['file']), preview]))
  return [...byFile.values()]
}

type Row = z.infer<typeof rowSchema>

const parseRow = (line: string, place: string): Row => {
  try {
    return rowSchema.parse(JSON.parse(line))
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message
    throw new Error(`${place}: ${reason.replace(/\s+/g, ' ')}`, { cause: error })
  }
}

const labelOf = (row: Row, name: string): string => {
  const value = row[name]
  return typeof value === 'string' ? value : ''
}

/** Columns of text with at least two values, one of which is shared by several recordings. */
const labelColumns = (rows: readonly Row[]): string[] => {
  const names = new Set(rows.flatMap((row) => Object.keys(row)))
  return [...names].filter((name) => {
    if (notLabels.has(name)) return false
    const labelled = rows.filter((row) => labelOf(row, name) !== '')
    const groups = [...Map.groupBy(labelled, (row) => labelOf(row, name)).values()]
    const isShared = (group: Row[]) => new Set(group.map((row) => row.track_id)).size > 1
    return groups.length > 1 && groups.some(isShared)
  })
}
