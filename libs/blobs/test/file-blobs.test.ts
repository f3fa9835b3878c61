import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { openBlobs } from '../src/index.ts'
import { describeBlobStore } from './conformance.ts'

const newFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'soundalike-blobs-'))
const remove = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true })
const urlOf = (folder: string): string => pathToFileURL(folder).href
const library = new URL('../src/index.ts', import.meta.url).href

describeBlobStore('a folder', async () => {
  const folder = await newFolder()
  return { store: await openBlobs(urlOf(folder)), dispose: () => remove(folder) }
})

describe('a folder of blobs', () => {
  let folder: string
  beforeEach(async () => {
    folder = await newFolder()
  })
  afterEach(() => remove(folder))

  const leftovers = (): Promise<string[]> => readdir(join(folder, '.writing'))

  test('survives being closed and opened, and makes its folder', async () => {
    const url = urlOf(join(folder, 'deep', 'er'))
    const first = await openBlobs(url)
    await first.put('maps/s1', Uint8Array.of(1, 2, 3))
    await first.close()
    expect([...((await (await openBlobs(url)).get('maps/s1')) ?? [])]).toEqual([1, 2, 3])
  })

  test('leaves no temporary file behind a write', async () => {
    const store = await openBlobs(urlOf(folder))
    await store.put('maps/s1', Uint8Array.of(1))
    expect(await leftovers()).toEqual([])
  })

  test('leaves nothing half-written by a writer killed with -9, and sweeps what it was writing', async () => {
    const writer = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      `import { openBlobs } from ${JSON.stringify(library)}
       const store = await openBlobs(${JSON.stringify(urlOf(folder))})
       const bytes = new Uint8Array(64 << 20).fill(7)
       console.log('writing')
       for (let index = 0; ; index += 1) await store.put('pcm/' + (index % 2), bytes)`,
    ])
    await once(writer.stdout, 'data')
    while ((await leftovers()).length === 0) await new Promise(setImmediate)
    writer.kill('SIGKILL')
    await once(writer, 'exit')

    const store = await openBlobs(urlOf(folder))
    expect(await leftovers()).toEqual([])
    for await (const blob of store.list('')) expect(blob.sizeBytes).toBe(64 << 20)
  })

  test('leaves the temporary files of the living alone until they are too old to be theirs', async () => {
    await openBlobs(urlOf(folder))
    const living = join(folder, '.writing', `${process.ppid}.x.elsewhere`)
    await writeFile(living, 'x')
    await openBlobs(urlOf(folder))
    expect(await leftovers()).toHaveLength(1)
    const twoHoursAgo = new Date(Date.now() - 7_200_000)
    await utimes(living, twoHoursAgo, twoHoursAgo)
    await openBlobs(urlOf(folder))
    expect(await leftovers()).toEqual([])
  })

  test('says "unavailable" when the file system takes no more bytes, and keeps the old blob', async () => {
    // A limit on file size stops a write half-way just as a full disk does, and needs no rights.
    const { stdout } = await promisify(execFile)('sh', [
      '-c',
      'ulimit -f 64 && exec "$@"',
      'sh',
      process.execPath,
      '--input-type=module',
      '-e',
      `import { openBlobs } from ${JSON.stringify(library)}
       const store = await openBlobs(${JSON.stringify(urlOf(folder))})
       await store.put('maps/s1', Uint8Array.of(1, 2, 3))
       const error = await store.put('maps/s1', new Uint8Array(1 << 20)).catch((error) => error)
       console.log(JSON.stringify({ code: error.code, reason: error.message }))`,
    ])
    expect(JSON.parse(stdout)).toEqual({
      code: 'unavailable',
      reason: 'blob store cannot write maps/s1: file too large (EFBIG)',
    })
    const store = await openBlobs(urlOf(folder))
    expect([...((await store.get('maps/s1')) ?? [])]).toEqual([1, 2, 3])
    expect(await leftovers()).toEqual([])
  })

  test('says "unavailable" when its folder cannot be one', async () => {
    const file = join(folder, 'file')
    await writeFile(file, 'x')
    await expect(openBlobs(urlOf(join(file, 'blobs')))).rejects.toMatchObject({
      code: 'unavailable',
    })
  })

  test('refuses a URL of no store it knows', async () => {
    for (const url of ['', 'blobs', 'ftp://host/x', '/absolute/folder']) {
      await expect(openBlobs(url)).rejects.toThrow(TypeError)
    }
  })
})
