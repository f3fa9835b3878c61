import { Piscina } from 'piscina'
import { noTags, type readTags, type Tags } from './tags.ts'

/** Reads tags of files by strangers, in threads that a hostile one costs nothing but themselves. */
export interface TagReader extends AsyncDisposable {
  /** As `readTags`; a file that takes too long or too much memory has no tags either. */
  read(path: Buffer): Promise<Tags>
}

/** Files that are read at once. More would wait for a thread, at the cost of their own time. */
export const TAG_READERS = 2

/** With the start of a thread, on a machine that is busy. A parser that loops takes no notice of anything gentler than its end. */
const READ_TIMEOUT_MS = 10_000

/** Starts threads when there is something to read; dispose of it to end them. */
export const createTagReader = (timeoutMs = READ_TIMEOUT_MS): TagReader => {
  const pool = new Piscina<Parameters<typeof readTags>[0], Tags>({
    filename: new URL('./tags.ts', import.meta.url).href,
    minThreads: 0,
    maxThreads: TAG_READERS,
    idleTimeout: 1_000,
    resourceLimits: { maxOldGenerationSizeMb: 128 },
  })
  return {
    read: (path) =>
      pool
        .run(path, { name: 'readTags', signal: AbortSignal.timeout(timeoutMs) })
        .catch(() => noTags),
    [Symbol.asyncDispose]: () => pool.close({ force: true }),
  }
}
