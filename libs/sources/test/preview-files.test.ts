import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Failure } from '@soundalike/contracts'
import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { openPreviewFiles, type Preview, type PreviewFiles } from '../src/index.ts'

const signal = new AbortController().signal
let folder: string
let files: PreviewFiles
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'soundalike-preview-files-'))
  files = await open()
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const open = (maxBytes = 1_000_000): Promise<PreviewFiles> =>
  openPreviewFiles({ DATA_DIR: folder, MAX_PREVIEW_BYTES: maxBytes })
const left = (): Promise<string[]> => readdir(join(folder, 'downloads'))

/** A preview from elsewhere that counts how much of it was taken and whether it was closed. */
const remote = (chunks: number, more: Partial<Preview> = {}) => {
  const seen = { chunks: 0, closed: 0 }
  function* sound(): Generator<Buffer> {
    for (; seen.chunks < chunks; seen.chunks++) yield Buffer.alloc(64 * 1024, seen.chunks)
  }
  const preview: Preview = {
    path: null,
    sizeBytes: null,
    stream: () => Readable.from(sound(), { objectMode: false }),
    close: async () => void (seen.closed += 1),
    ...more,
  }
  return { preview, seen }
}

describe('a preview from elsewhere', () => {
  it('is a file while it is worked with, whole and for no other user, and then gone', async () => {
    const { preview, seen } = remote(10)
    const sizeBytes = await files.use(preview, signal, async (path) => {
      expect(await left()).toHaveLength(1)
      return (await readFile(path)).length
    })
    expect(sizeBytes).toBe(10 * 64 * 1024)
    expect(await left()).toEqual([])
    expect(seen.closed).toBe(1)
  })

  it('leaves nothing behind when the work fails, the source, the signal, or its size', async () => {
    const work = remote(1)
    const failing = files.use(work.preview, signal, () => Promise.reject(new Error('no sound')))
    await expect(failing).rejects.toThrow('no sound')

    const source = remote(0, {
      stream: () =>
        Readable.from(
          (function* () {
            yield Buffer.from('x')
            throw new Failure('rate-limited', 'later')
          })(),
          { objectMode: false },
        ),
    })
    const unused = () => Promise.reject(new Error('worked with what is not there'))
    await expect(files.use(source.preview, signal, unused)).rejects.toMatchObject({
      code: 'rate-limited',
    })

    const stop = new AbortController()
    const endless = remote(Infinity)
    const using = (await open(Infinity)).use(endless.preview, stop.signal, unused)
    stop.abort(new Error('enough'))
    await expect(using).rejects.toThrow('enough')

    const large = remote(Infinity)
    await expect(files.use(large.preview, signal, unused)).rejects.toMatchObject({
      code: 'too-large',
    })
    expect(large.seen.chunks).toBeLessThan(40)

    const told = remote(1, { sizeBytes: 1_000_001 })
    await expect(files.use(told.preview, signal, unused)).rejects.toMatchObject({
      code: 'too-large',
    })
    expect(told.seen.chunks).toBe(0)

    expect(await left()).toEqual([])
    for (const { seen } of [work, source, endless, large, told]) expect(seen.closed).toBe(1)
  })

  it('is told as a failure of the disk where that takes no more', async () => {
    await rm(join(folder, 'downloads'), { recursive: true })
    await expect(
      files.use(remote(1).preview, signal, () => Promise.resolve()),
    ).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('ENOENT') })
  })
})

it('leaves a file on this machine where it is', async () => {
  const path = join(folder, 'a.mp3')
  await writeFile(path, 'sound')
  const { preview } = remote(0, { path, sizeBytes: 5 })
  expect(await files.use(preview, signal, (used) => Promise.resolve(used))).toBe(path)
  expect(await readFile(path, 'utf8')).toBe('sound')
})

it('removes at its start what dead processes left, and nothing of the living', async () => {
  const dead = spawnSync('true').pid
  const machine = hostname().replaceAll(/[^A-Za-z0-9-]/g, '-')
  const names = [`${String(dead)}.a.${machine}`, `${String(process.pid)}.b.${machine}`, '1.c.other']
  for (const name of names) await writeFile(join(folder, 'downloads', name), 'x')
  await open()
  expect(await left()).toEqual(names.slice(1).sort())
})
