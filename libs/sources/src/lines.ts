import { open } from 'node:fs/promises'

const NEWLINE = 10

/**
 * Lines of a text file in UTF-8, without what ends them. Lets go of the file however the reading ends.
 *
 * @returns text; null for a line longer than `maxBytes`, which is passed over and never held
 * @throws the file system's error where the file cannot be read
 */
export async function* linesOf(path: string, maxBytes: number): AsyncGenerator<string | null> {
  const file = await open(path)
  let parts: Buffer[] = []
  let sizeBytes = 0
  const add = (part: Buffer): void => {
    sizeBytes += part.length
    if (sizeBytes <= maxBytes) parts.push(part)
    else parts = []
  }
  const taken = (): string | null => {
    const line = sizeBytes <= maxBytes ? Buffer.concat(parts).toString('utf8') : null
    parts = []
    sizeBytes = 0
    return line
  }
  try {
    for await (const chunk of file.createReadStream() as AsyncIterable<Buffer>) {
      let begin = 0
      for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, begin)) {
        add(chunk.subarray(begin, end))
        yield taken()
        begin = end + 1
      }
      add(chunk.subarray(begin))
    }
    if (sizeBytes > 0) yield taken()
  } finally {
    await file.close()
  }
}
