import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { createTagReader } from '../src/tag-reader.ts'
import { noTags } from '../src/tags.ts'
import { createFolderSource, type Page, type Source } from '../src/index.ts'

let folder: string
const signal = new AbortController().signal

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'soundalike-folder-')))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const collect = async (source: Source, cursor: string | null = null): Promise<Page[]> =>
  Array.fromAsync(source.walk(cursor, signal))

describe('folder source', () => {
  it('finds music in every folder, in a fixed order, and nothing else', async () => {
    await mkdir(join(folder, 'artist', 'album'), { recursive: true })
    await writeFile(join(folder, 'artist', 'album', 'b.OGG'), 'x')
    await writeFile(join(folder, 'artist', 'a.mp3'), 'x')
    await writeFile(join(folder, 'cover.jpg'), 'x')
    await writeFile(join(folder, '.hidden.mp3'), 'x')
    const source = await createFolderSource(folder)
    const pages = await collect(source)
    expect(pages.flatMap((page) => page.tracks.map((track) => track.locator))).toEqual([
      'artist/a.mp3',
      'artist/album/b.OGG',
    ])
    expect(pages[0]?.tracks[1]).toMatchObject({ title: 'b', album: 'album', trainAllowed: true })
  })

  it('goes on after a cursor', async () => {
    for (let i = 0; i < 230; i++) await writeFile(join(folder, `${String(i)}.mp3`), 'x')
    const source = await createFolderSource(folder)
    const pages = await collect(source)
    expect(pages.map((page) => page.tracks.length)).toEqual([100, 100, 30])
    const rest = await collect(source, pages[0]?.cursor ?? null)
    expect(rest).toEqual(pages.slice(1))
  })

  it('opens awkward names, also such as are not UTF-8', async () => {
    const names = ['quote\'"$(touch pwned)`id`;#.mp3', 'new\nline.mp3', '-dash.mp3', '100%41.mp3']
    for (const name of names) await writeFile(join(folder, name), name)
    const raw = Buffer.concat([
      Buffer.from('invalid-'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('.mp3'),
    ])
    await writeFile(Buffer.concat([Buffer.from(`${folder}/`), raw]), 'raw')
    const source = await createFolderSource(folder)
    const tracks = (await collect(source)).flatMap((page) => page.tracks)
    expect(tracks).toHaveLength(5)
    const bytes = await Promise.all(
      tracks.map(async (track) => text((await source.open(track, signal)).stream())),
    )
    expect(bytes.sort()).toEqual([...names, 'raw'].sort())
    for (const track of tracks) expect(track.locator).not.toMatch(/\p{Cc}/u)
  })

  it('refuses folders, pipes and dangling links with a reason, and does not loop', async () => {
    await mkdir(join(folder, 'folder.mp3'))
    await writeFile(join(folder, 'folder.mp3', 'inside.mp3'), 'x')
    await symlink('nothing', join(folder, 'dangling.mp3'))
    await symlink('..', join(folder, 'folder.mp3', 'up'))
    execFileSync('mkfifo', [join(folder, 'pipe.mp3')])
    const pages = await collect(await createFolderSource(folder))
    expect(pages.flatMap((page) => page.tracks.map((track) => track.locator))).toEqual([
      'folder.mp3/inside.mp3',
    ])
    const refused = pages.flatMap((page) => page.refused)
    expect(refused.map(({ track, code }) => [track.locator, code])).toEqual([
      ['dangling.mp3', 'no-preview'],
      ['folder.mp3', 'not-a-file'],
      ['pipe.mp3', 'not-a-file'],
    ])
  })

  it('takes each real folder once, however many links lead to it', async () => {
    await mkdir(join(folder, 'b'))
    await writeFile(join(folder, 'b', 'a.mp3'), 'x')
    await symlink('b', join(folder, 'a'))
    await symlink('b', join(folder, 'c'))
    const pages = await collect(await createFolderSource(folder))
    expect(pages.flatMap((page) => page.tracks)).toHaveLength(1)
  })

  it('passes over a folder that cannot be read, and says so', async () => {
    await mkdir(join(folder, 'b'))
    for (let n = 0; n < 100; n++) await writeFile(join(folder, `a${String(n)}.mp3`), 'x')
    await writeFile(join(folder, 'c.mp3'), 'x')
    const walk = (await createFolderSource(folder)).walk(null, signal)[Symbol.asyncIterator]()
    await walk.next()
    // Gone between two pages, which for the walk is as good as forbidden.
    await rm(join(folder, 'b'), { recursive: true })
    const { value: rest } = (await walk.next()) as IteratorYieldResult<Page>
    expect(rest.tracks.map(({ locator }) => locator)).toEqual(['c.mp3'])
    expect(rest.refused).toMatchObject([
      { track: { locator: 'b' }, code: 'forbidden', reason: 'folder not read: ENOENT' },
    ])
  })

  it('says what is wrong with a preview that cannot be opened', async () => {
    await writeFile(join(folder, 'a.mp3'), 'x'.repeat(1000))
    const source = await createFolderSource(folder)
    const [track] = (await collect(source)).flatMap((page) => page.tracks)
    if (track === undefined) throw new Error('no track')
    await rm(join(folder, 'a.mp3'))
    await expect(source.open(track, signal)).rejects.toMatchObject({ code: 'no-preview' })
    execFileSync('mkfifo', [join(folder, 'a.mp3')])
    await expect(source.open(track, signal)).rejects.toMatchObject({ code: 'not-a-file' })
  })

  it('finds a file whose tags have no end, and leaves the event loop free meanwhile', async () => {
    // A WAV of empty chunks, each of which takes the parser a while.
    const header = Buffer.from('RIFF\0\0\0\0WAVE', 'latin1')
    const chunks = Buffer.alloc(64 * 2 ** 20, Buffer.from('junk\0\0\0\0', 'latin1'))
    header.writeUInt32LE(chunks.length + 4, 4)
    await writeFile(join(folder, 'endless.wav'), Buffer.concat([header, chunks]))
    const hostile = Buffer.from(join(folder, 'endless.wav'))

    let turns = 0
    const turn = setInterval(() => (turns += 1), 1)
    await using reader = createTagReader(2_000)
    expect(await reader.read(hostile)).toEqual(noTags)
    clearInterval(turn)
    // A parser in this thread would let it turn a handful of times.
    expect(turns).toBeGreaterThan(100)

    const pages = await collect(await createFolderSource(folder))
    expect(pages.flatMap(({ tracks }) => tracks)).toMatchObject([
      { title: 'endless', artist: '', locator: 'endless.wav' },
    ])
  })
})
