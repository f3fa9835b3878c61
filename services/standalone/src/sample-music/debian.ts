import { hasAudioEnding, readTags } from '@soundalike/sources'
import { execFile } from 'node:child_process'
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { musicPackages, type MusicPackage } from './debian-packages.ts'

const run = promisify(execFile)

interface ManifestRow {
  file: string
  title: string
  artist: string
  album: string
  licence: string
  attribution: string
}

/** Sound effects in the same folders are smaller than this. */
const MIN_MUSIC_BYTES = 250_000
const DOWNLOAD_TIMEOUT_MS = 300_000

/**
 * Fetches freely licensed music from Debian's archive with `apt-get download`, without root, unpacks it,
 * and writes a manifest with titles, authors and licences.
 *
 * @param folder - where everything is kept; what is there already is not fetched again
 * @param say - told about each step
 * @returns path of the manifest
 * @throws Error where apt-get or dpkg-deb is missing or the archive does not answer
 */
export const fetchDebianMusic = async (
  folder: string,
  say: (line: string) => void,
): Promise<string> => {
  const manifest = join(folder, 'manifest.jsonl')
  if (await exists(manifest)) {
    say(`Using the freely licensed music from Debian; credits are in ${manifest}`)
    return manifest
  }
  await mkdir(folder, { recursive: true })
  await download(folder, say)
  const rows: ManifestRow[] = []
  for (const musicPackage of musicPackages) {
    const unpacked = await unpack(folder, musicPackage)
    const { album, artist, licence } = musicPackage
    say(`  ${album} by ${artist} (${licence}): ${unpacked.map(({ title }) => title).join(', ')}`)
    rows.push(...unpacked)
  }
  // Written last and whole: its presence says that the music is complete.
  const lines = rows.map((row) => `${JSON.stringify(row)}\n`)
  await writeFile(`${manifest}.part`, lines.join(''))
  await rename(`${manifest}.part`, manifest)
  return manifest
}

const exists = async (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

const download = async (folder: string, say: (line: string) => void): Promise<void> => {
  const names: string[] = []
  for (const { name } of musicPackages) if (!(await exists(join(folder, name)))) names.push(name)
  if (names.length === 0) return
  const options = { cwd: folder, timeout: DOWNLOAD_TIMEOUT_MS }
  say(`Fetching freely licensed music from ${String(names.length)} Debian packages (about 89 MB) …`)
  try {
    await run('apt-get', ['-qq', 'download', ...names], options)
  } catch {
    // The machine's package lists may be absent or old; lists of our own need no root.
    const own = await ownAptState(folder)
    await run('apt-get', [...own, '-qq', 'update'], options)
    await run('apt-get', [...own, '-qq', 'download', ...names], options)
  }
}

/** apt options that keep lists and cache inside a folder. */
const ownAptState = async (folder: string): Promise<string[]> => {
  const state = join(folder, 'apt')
  await mkdir(join(state, 'lists', 'partial'), { recursive: true })
  await mkdir(join(state, 'cache', 'archives', 'partial'), { recursive: true })
  return [
    ...['-o', `Dir::State::lists=${join(state, 'lists')}`],
    ...['-o', `Dir::Cache=${join(state, 'cache')}`],
    ...['-o', 'Debug::NoLocking=1'],
  ]
}

/** Unpacks a package's archive; its folder appears whole or not at all. */
const extract = async (folder: string, name: string): Promise<void> => {
  const archive = (await readdir(folder)).find(
    (file) => file.startsWith(`${name}_`) && file.endsWith('.deb'),
  )
  if (archive === undefined) throw new Error(`apt-get download brought no ${name}`)
  await rm(join(folder, `${name}.part`), { recursive: true, force: true })
  await run('dpkg-deb', ['-x', archive, `${name}.part`], { cwd: folder })
  await rename(join(folder, `${name}.part`), join(folder, name))
  await rm(join(folder, archive))
}

const unpack = async (
  folder: string,
  { name, folder: musicFolder, album, artist, licence }: MusicPackage,
): Promise<ManifestRow[]> => {
  if (!(await exists(join(folder, name)))) await extract(folder, name)
  const rows: ManifestRow[] = []
  for (const file of (await readdir(join(folder, name, musicFolder))).sort()) {
    const path = join(folder, name, musicFolder, file)
    if (!hasAudioEnding(file) || (await stat(path)).size < MIN_MUSIC_BYTES) continue
    const tags = await readTags(Buffer.from(path))
    rows.push({
      file: join(name, musicFolder, file),
      title: tags.title || file.replace(/\.\w+$/, '').replace(/_/g, ' '),
      artist,
      album,
      licence,
      attribution: `${artist}, ${album} (${licence})`,
    })
  }
  return rows
}
