import { create } from '@bufbuild/protobuf'
import { sourceId, trackId, TrackSchema, type Track } from '@soundalike/contracts'
import type { Dirent } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, extname } from 'node:path'
import { hasAudioEnding, nameToText, textToName } from './file-names.ts'
import { openLocalFile } from './local-file.ts'
import type { Page, Refusal, Source } from './source.ts'
import { createTagReader, TAG_READERS, type TagReader } from './tag-reader.ts'
import type { Tags } from './tags.ts'

const PAGE_TRACKS = 100

type Entry = { path: string; refusal?: { code: Refusal['code']; reason: string } }

/**
 * Source over a folder of music and all folders in it. Tracks are known by their path inside the folder,
 * written as `nameToText` does; titles come from tags, else from the file name.
 *
 * @param folder - must exist
 * @throws the file system's error where the folder cannot be read
 */
export const createFolderSource = async (folder: string): Promise<Source> => {
  const root = await realpath(folder)
  const id = sourceId('folder', root)
  const absolute = (path: string): Buffer =>
    Buffer.concat([Buffer.from(`${root}/`, 'utf8'), textToName(path)])

  /**
   * Everything with an audio name, depth first, in the byte order of names, each real folder once however
   * many links lead to it. A folder that cannot be read is told and passed over, unless it is the root.
   */
  async function* entries(path: string, seen: Set<string>): AsyncGenerator<Entry> {
    let children: Dirent<Buffer>[]
    try {
      children = await readFolder(absolute(path), seen)
    } catch (error) {
      if (path === '') throw error
      yield { path, refusal: { code: 'forbidden', reason: `folder not read: ${codeOf(error)}` } }
      return
    }
    for (const child of children) {
      const childPath = (path === '' ? '' : `${path}/`) + nameToText(child.name)
      const kind = await kindOf(child, absolute(childPath))
      if (hasAudioEnding(childPath)) yield { path: childPath, ...refusalOf(kind) }
      if (kind === 'folder') yield* entries(childPath, seen)
    }
  }

  const trackOf = (path: string, tags?: Tags): Track =>
    create(TrackSchema, {
      ...tags,
      id: trackId(id, path),
      source: id,
      sourceTrackId: path,
      title: tags?.title || basename(path, extname(path)),
      album: tags?.album || basename(dirname(path)).replace(/^\.$/, ''),
      trainAllowed: true,
      locator: path,
    })

  async function* walk(cursor: string | null, signal: AbortSignal): AsyncGenerator<Page> {
    await using tagReader = createTagReader()
    let batch: Entry[] = []
    for await (const entry of entries('', new Set())) {
      signal.throwIfAborted()
      if (cursor !== null && comparePaths(entry.path, cursor) <= 0) continue
      batch.push(entry)
      if (batch.length === PAGE_TRACKS) {
        yield await pageOf(batch, tagReader)
        batch = []
      }
    }
    if (batch.length > 0) yield await pageOf(batch, tagReader)
  }

  const pageOf = async (batch: readonly Entry[], tagReader: TagReader): Promise<Page> => {
    const wanted = batch.filter((entry) => entry.refusal === undefined)
    const tracks: Track[] = []
    for (let start = 0; start < wanted.length; start += TAG_READERS) {
      const some = wanted.slice(start, start + TAG_READERS)
      tracks.push(
        ...(await Promise.all(
          some.map(async ({ path }) => trackOf(path, await tagReader.read(absolute(path)))),
        )),
      )
    }
    const refused = batch.flatMap(({ path, refusal }) =>
      refusal === undefined ? [] : [{ track: trackOf(path), ...refusal }],
    )
    return { tracks, refused, cursor: batch.at(-1)?.path ?? '' }
  }

  return {
    id,
    kind: 'folder',
    label: root,
    walk,
    open: (track) => openLocalFile(absolute(track.locator)),
  }
}

/** Children of a folder in the byte order of their names, without hidden ones; none where it was seen before. */
const readFolder = async (path: Buffer, seen: Set<string>): Promise<Dirent<Buffer>[]> => {
  const real = (await realpath(path, 'buffer')).toString('hex')
  if (seen.has(real)) return []
  seen.add(real)
  const children = await readdir(path, { withFileTypes: true, encoding: 'buffer' })
  return children
    .filter(({ name }) => name[0] !== 0x2e)
    .sort((a, b) => Buffer.compare(a.name, b.name))
}

const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException).code)

type Kind = 'file' | 'folder' | 'dangling' | 'other'

const kindOf = async (entry: Dirent<Buffer>, path: Buffer): Promise<Kind> => {
  try {
    const what = entry.isSymbolicLink() ? await stat(path) : entry
    if (what.isFile()) return 'file'
    return what.isDirectory() ? 'folder' : 'other'
  } catch {
    return 'dangling'
  }
}

const refusalOf = (kind: Kind): Pick<Entry, 'refusal'> => {
  if (kind === 'file') return {}
  if (kind === 'dangling') {
    return { refusal: { code: 'no-preview', reason: 'a symbolic link to nothing' } }
  }
  const what = kind === 'folder' ? 'a folder with an audio name' : 'a pipe, socket or device'
  return { refusal: { code: 'not-a-file', reason: what } }
}

/** Order of {@link createFolderSource}'s walk: name by name, each in byte order. */
const comparePaths = (a: string, b: string): number => {
  const left = a.split('/')
  const right = b.split('/')
  for (let depth = 0; depth < Math.min(left.length, right.length); depth++) {
    const order = Buffer.compare(textToName(left[depth] ?? ''), textToName(right[depth] ?? ''))
    if (order !== 0) return order
  }
  return left.length - right.length
}
