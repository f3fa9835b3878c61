import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { BlobInfo, BlobStore } from '../src/index.ts'

/** A store of the kind under test, empty, and how to be rid of it. */
export interface OpenedStore {
  readonly store: BlobStore
  dispose(): Promise<void>
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

const collect = async (blobs: AsyncIterable<BlobInfo>): Promise<BlobInfo[]> => {
  const collected: BlobInfo[] = []
  for await (const blob of blobs) collected.push(blob)
  return collected
}

const malformedKeys = [
  '',
  '/',
  '/mel/a',
  'mel/',
  'mel//a',
  '..',
  '../outside',
  'mel/../../outside',
  'mel/.hidden',
  '.writing/a',
  'mel\\a',
  'mel/a b',
  'mel/a\0',
  'mel/é',
  'a/b/c/d/e/f/g/h/i',
  'k'.repeat(513),
]

/** What every blob store must do; each adapter's test file calls this once. */
export const describeBlobStore = (name: string, open: () => Promise<OpenedStore>): void => {
  describe(`${name} as a blob store`, () => {
    let opened: OpenedStore
    let store: BlobStore

    beforeEach(async () => {
      opened = await open()
      store = opened.store
    })
    afterEach(async () => {
      await store.close()
      await opened.dispose()
    })

    const listed = async (prefix: string): Promise<string[]> =>
      (await collect(store.list(prefix))).map(({ key }) => key).sort()

    test('gives back the bytes it was given', async () => {
      const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251)
      await store.put('mel/f1/ab/tab1', bytes)
      expect(Buffer.from((await store.get('mel/f1/ab/tab1')) ?? []).equals(bytes)).toBe(true)
      expect(await store.has('mel/f1/ab/tab1')).toBe(true)
    })

    test('stores only the bytes of a view, and a blob of none', async () => {
      await store.put('view', bytesOf('0123456789').subarray(3, 6))
      await store.put('none', new Uint8Array())
      expect(Buffer.from((await store.get('view')) ?? []).toString()).toBe('345')
      expect(await store.get('none')).toHaveLength(0)
      expect(await store.has('none')).toBe(true)
    })

    test('replaces a blob, also by a shorter one', async () => {
      await store.put('models/m/weights.bin', bytesOf('long and old'))
      await store.put('models/m/weights.bin', bytesOf('new'))
      expect(Buffer.from((await store.get('models/m/weights.bin')) ?? []).toString()).toBe('new')
      expect(await listed('')).toEqual(['models/m/weights.bin'])
    })

    test('says null and false of what is not there, a folder of blobs included', async () => {
      await store.put('mel/f1/ab/tab1', bytesOf('x'))
      for (const key of ['nothing', 'mel', 'mel/f1/ab', 'mel/f1/ab/tab1/deeper']) {
        expect(await store.get(key)).toBeNull()
        expect(await store.has(key)).toBe(false)
      }
    })

    test('deletes, and does not mind deleting twice', async () => {
      await store.put('pcm/f1/ab/tab1', bytesOf('x'))
      await store.delete('pcm/f1/ab/tab1')
      await store.delete('pcm/f1/ab/tab1')
      await store.delete('never/was')
      expect(await store.get('pcm/f1/ab/tab1')).toBeNull()
      expect(await listed('')).toEqual([])
    })

    test('lists by any beginning of a key', async () => {
      const all = [
        'maps/s1',
        'mel/f1/ab/tab1',
        'mel/f1/ab/tab2',
        'mel/f1/ac/tac1',
        'mel/f2/ab/tab1',
      ]
      for (const key of all) await store.put(key, bytesOf(key))
      expect(await listed('')).toEqual(all)
      expect(await listed('mel/')).toEqual(all.slice(1))
      expect(await listed('mel/f1/a')).toEqual(all.slice(1, 4))
      expect(await listed('mel/f1/ab')).toEqual(all.slice(1, 3))
      expect(await listed('mel/f1/ab/tab2')).toEqual(['mel/f1/ab/tab2'])
      expect(await listed('ma')).toEqual(['maps/s1'])
      expect(await listed('elsewhere/')).toEqual([])
      expect(await listed('maps/s1/')).toEqual([])
    })

    test('lists size and time of change', async () => {
      const earliest = Date.now() - 60_000
      await store.put('maps/s1', new Uint8Array(1234))
      const [blob] = await collect(store.list('maps/'))
      expect(blob).toMatchObject({ key: 'maps/s1', sizeBytes: 1234 })
      expect(blob?.modifiedAt.getTime()).toBeGreaterThan(earliest)
    })

    test('lists while blobs come and go', async () => {
      for (let index = 0; index < 50; index += 1) await store.put(`mel/f/${index}`, bytesOf('x'))
      const seen = new Set<string>()
      for await (const { key } of store.list('mel/')) {
        seen.add(key)
        if (seen.size === 1) await store.delete(`mel/f/${key === 'mel/f/49' ? 48 : 49}`)
        await store.put(`other/${seen.size}`, bytesOf('y'))
      }
      expect(seen.size).toBeGreaterThanOrEqual(49)
    })

    test('keeps each blob whole under writers and readers at once', async () => {
      const sizeBytes = 200_000
      const write = async (fill: number): Promise<void> =>
        store.put('mel/contested', new Uint8Array(sizeBytes).fill(fill))
      await write(0)
      const writers = [1, 2, 3, 4].map(async (fill) => {
        for (let round = 0; round < 5; round += 1) await write(fill)
      })
      const reader = async (): Promise<void> => {
        for (let round = 0; round < 20; round += 1) {
          const bytes = await store.get('mel/contested')
          expect(bytes).toHaveLength(sizeBytes)
          expect(new Set(bytes).size).toBe(1)
        }
      }
      await Promise.all([...writers, reader(), reader()])
    })

    test.each(malformedKeys.map((key) => [key.slice(0, 30), key]))(
      'refuses the key %j',
      async (_, key) => {
        const tries = [
          async () => store.put(key, bytesOf('x')),
          async () => store.get(key),
          async () => store.has(key),
          async () => store.delete(key),
        ]
        for (const attempt of tries) await expect(attempt()).rejects.toThrow(RangeError)
      },
    )

    test('refuses a prefix that climbs out', async () => {
      for (const prefix of ['../', '/', 'mel/../..', '.writing']) {
        await expect(async () => collect(store.list(prefix))).rejects.toThrow(RangeError)
      }
    })
  })
}
