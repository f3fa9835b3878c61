import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { mkdtemp, readdir, readlink, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDiskCache } from '../src/disk-cache.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'soundalike-cache-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const imageOf = (index: number): Uint8Array => new Uint8Array(100).fill(index)

it('fetches each image once while there is room, and leaves no file behind', async () => {
  await using cache = await openDiskCache(folder, 250)
  const fetched: number[] = []
  const get = (index: number) =>
    cache.get(index, () => {
      fetched.push(index)
      return Promise.resolve(imageOf(index))
    })
  for (const index of [1, 2, 3, 2, 3, 1]) expect(await get(index)).toEqual(imageOf(index))
  expect(fetched).toEqual([1, 2, 3, 3])
  expect(await readdir(folder)).toEqual([])
})

it('keeps nothing where there is no room at all', async () => {
  await using cache = await openDiskCache(join(folder, 'none'), 0)
  for (const level of [1, 2]) {
    const image = await cache.get(0, () => Promise.resolve(imageOf(level)))
    expect(image).toEqual(imageOf(level))
  }
  expect(await readdir(folder)).toEqual([])
})

it('passes on what fetching fails with, and tries again the next time', async () => {
  await using cache = await openDiskCache(folder, 1000)
  await expect(cache.get(0, () => Promise.reject(new Error('away')))).rejects.toThrow('away')
  expect(await cache.get(0, () => Promise.resolve(imageOf(7)))).toEqual(imageOf(7))
})

it('fetches again what the disk has lost', async () => {
  await using cache = await openDiskCache(folder, 1000)
  await cache.get(0, () => Promise.resolve(imageOf(1)))
  for (const descriptor of await readdir('/proc/self/fd')) {
    const path = join('/proc/self/fd', descriptor)
    const target = await readlink(path).catch(() => '')
    if (target.startsWith(folder)) await truncate(path, 50)
  }
  expect(await cache.get(0, () => Promise.resolve(imageOf(2)))).toEqual(imageOf(2))
})
