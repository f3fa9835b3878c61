import { parseStream } from 'music-metadata'
import { openLocalFile } from './local-file.ts'

/** What a file's tags say; empty where they say nothing. */
export interface Tags {
  title: string
  artist: string
  album: string
  isrc: string
  durationSeconds: number
}

const MAX_TEXT_LENGTH = 300

/** Tags are written by strangers: one line, no control characters, bounded. */
const clean = (text: string | undefined): string =>
  (text ?? '')
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, MAX_TEXT_LENGTH)

export const noTags: Tags = { title: '', artist: '', album: '', isrc: '', durationSeconds: 0 }

/**
 * Reads tags without pictures. A file whose tags cannot be read has none: whether it is music at all
 * is for the decoder to say. Some files keep the parser busy for long: see `tag-reader.ts` for those of strangers.
 *
 * @param path - bytes, because a file name need not be UTF-8
 */
export const readTags = async (path: Uint8Array): Promise<Tags> => {
  const preview = await openLocalFile(Buffer.from(path))
  const stream = preview.stream()
  try {
    const { common, format } = await parseStream(
      stream,
      preview.sizeBytes === null ? {} : { size: preview.sizeBytes },
      { skipCovers: true, duration: false },
    )
    return {
      title: clean(common.title),
      artist: clean(common.artist),
      album: clean(common.album),
      isrc: clean(common.isrc?.[0]),
      durationSeconds: Number.isFinite(format.duration) ? (format.duration ?? 0) : 0,
    }
  } catch {
    return noTags
  } finally {
    stream.destroy()
  }
}
