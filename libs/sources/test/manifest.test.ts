import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import { createDownloader, openSource, type Source } from '../src/index.ts'
import { startPreviewServer, testLimits } from './preview-server.ts'

let folder: string
const signal = new AbortController().signal

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'soundalike-manifest-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const open = async (...rows: unknown[]): Promise<Source> => {
  const lines = rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row)))
  await writeFile(join(folder, 'manifest.jsonl'), lines.join('\n'))
  return openSource(join(folder, 'manifest.jsonl'), createDownloader(testLimits))
}

describe('manifest source', () => {
  it('reads rows and refuses lines that are not one', async () => {
    const source = await open(
      { file: 'a.mp3', title: 'A', artist: 'Z', licence: 'CC0-1.0', mood: 'calm' },
      'not JSON',
      { title: 'no file' },
    )
    const [page] = await Array.fromAsync(source.walk(null, signal))
    expect(page?.tracks).toHaveLength(1)
    expect(page?.tracks[0]).toMatchObject({ title: 'A', attribution: 'Z', licence: 'CC0-1.0' })
    expect(page?.refused.map((refusal) => refusal.track.title)).toEqual([
      'line 2 of manifest.jsonl',
      'line 3 of manifest.jsonl',
    ])
    expect(await Array.fromAsync(source.walk(page?.cursor ?? null, signal))).toEqual([])
  })

  it('refuses a line over 1 MiB by its number and reads on', async () => {
    const long = { file: 'long.mp3', note: 'x'.repeat(1024 * 1024) }
    const source = await open({ file: 'a.mp3' }, long, { file: 'b.mp3', title: 'ß' }, long)
    const [page] = await Array.fromAsync(source.walk(null, signal))
    expect(page?.tracks.map(({ title }) => title)).toEqual(['a', 'ß'])
    expect(page?.refused).toMatchObject([
      {
        code: 'no-preview',
        reason: 'the line is over 1 MiB long',
        track: { sourceTrackId: 'line 2' },
      },
      {
        code: 'no-preview',
        reason: 'the line is over 1 MiB long',
        track: { sourceTrackId: 'line 4' },
      },
    ])
  })

  it('lets go of the manifest when a walk is left early', async () => {
    const source = await open(...Array.from({ length: 5_000 }, (_, n) => ({ file: `${n}.mp3` })))
    const openFiles = async () => (await readdir('/proc/self/fd')).length
    const before = await openFiles()
    for (let walks = 0; walks < 20; walks++) {
      for await (const page of source.walk(null, signal)) {
        expect(page.tracks).toHaveLength(200)
        break
      }
    }
    expect(await openFiles()).toBeLessThan(before + 10)
  })

  it('opens files inside its folder alone, also through links', async () => {
    await mkdir(join(folder, 'previews'))
    await writeFile(join(folder, 'previews', 'a.mp3'), 'sound')
    await writeFile(join(folder, '..b.mp3'), 'sound')
    await symlink('/etc/hostname', join(folder, 'link.mp3'))
    const rows = ['a.mp3', '..b.mp3', '../../../../etc/hostname', 'link.mp3', 'gone.mp3'].map(
      (file) => ({
        file,
      }),
    )
    const source = await open(...rows)
    const [page] = await Array.fromAsync(source.walk(null, signal))
    const outcomes = await Promise.allSettled(
      (page?.tracks ?? []).map(async (track) =>
        buffer((await source.open(track, signal)).stream()),
      ),
    )
    expect(outcomes).toMatchObject([
      { status: 'fulfilled', value: Buffer.from('sound') },
      { status: 'fulfilled', value: Buffer.from('sound') },
      { status: 'rejected', reason: { code: 'forbidden' } },
      { status: 'rejected', reason: { code: 'forbidden' } },
      { status: 'rejected', reason: { code: 'no-preview' } },
    ])
  })

  it('opens previews that lie elsewhere', async () => {
    const server = await startPreviewServer((_request, response) => response.end('sound'))
    const url = `${server.url}/some/tune.mp3?signed=1`
    const source = await open(
      { url },
      { url, id: '42', title: 'Tune' },
      { url, file: 'tune.mp3' },
      { url: 'file:///etc/hostname' },
      { file: url },
    )
    const [page] = await Array.fromAsync(source.walk(null, signal))
    expect(page?.refused).toHaveLength(3)
    expect(page?.tracks).toMatchObject([
      { title: 'tune', sourceTrackId: url, locator: url },
      { title: 'Tune', sourceTrackId: '42', locator: url },
    ])
    for (const track of page?.tracks ?? []) {
      expect(await text((await source.open(track, signal)).stream())).toBe('sound')
    }
    await server.close()
  })
})
