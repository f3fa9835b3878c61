/** Endings under which music is looked for in a folder; what a file really is, its bytes say. */
const audioEndings = new Set([
  ...['.mp3', '.m4a', '.mp4', '.aac', '.ogg', '.oga', '.opus'],
  ...['.flac', '.wav', '.wave', '.aif', '.aiff', '.aifc'],
])

/** Whether a name ends like an audio file, in any case of letters. */
export const hasAudioEnding = (name: string): boolean => {
  const dot = name.lastIndexOf('.')
  return dot >= 0 && audioEndings.has(name.slice(dot).toLowerCase())
}

/**
 * Writes a file name, which may be any bytes, as text that fits on one line: bytes that are not UTF-8,
 * control characters and `%` become `%XX`.
 */
export const nameToText = (name: Buffer): string => {
  const text = name.toString('utf8')
  if (Buffer.from(text, 'utf8').equals(name)) return text.replace(/[%\p{Cc}]/gu, percentBytes)
  // Not UTF-8 as a whole: keep printable ASCII and escape every other byte.
  return name.toString('latin1').replace(/[^\x20-\x24\x26-\x7e]/g, percentByte)
}

/** The bytes that {@link nameToText} was given. */
export const textToName = (text: string): Buffer =>
  Buffer.concat(
    text
      .split(/(%[0-9A-F]{2})/)
      .map((part) =>
        /^%[0-9A-F]{2}$/.test(part) ? Buffer.from(part.slice(1), 'hex') : Buffer.from(part, 'utf8'),
      ),
  )

const percentByte = (character: string): string =>
  `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`

const percentBytes = (character: string): string =>
  [...Buffer.from(character, 'utf8')].map((byte) => percentByte(String.fromCharCode(byte))).join('')
