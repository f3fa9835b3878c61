import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { VectorPoint, VectorStore } from '../src/index.ts'
import { randomVectors, referenceCosine } from './random-vectors.ts'

const payload = { source: 'folder-00000000', artist: 'Somebody', album: 'Something' }

const point = (trackId: string, ...vector: number[]): VectorPoint => ({
  trackId,
  vector: Float32Array.from(vector),
  payload,
})

const pointsOf = (vectors: readonly Float32Array[]): VectorPoint[] =>
  vectors.map((vector, index) => ({
    trackId: `t${String(index).padStart(5, '0')}`,
    vector,
    payload,
  }))

const east = Float32Array.of(1, 0, 0, 0)

/** Two clients of one store, as two processes would have them. */
export interface OpenedStores {
  readonly writer: VectorStore
  readonly reader: VectorStore
  dispose(): Promise<void>
}

/** What every vector store must do; each adapter's test file calls this once. */
export const describeVectorStore = (name: string, open: () => Promise<OpenedStores>): void => {
  describe(`${name} as a vector store`, () => {
    let opened: OpenedStores
    let store: VectorStore
    let spaceNumber = 0

    beforeAll(async () => {
      opened = await open()
      store = opened.writer
    })
    afterAll(() => opened.dispose())

    const newSpace = async (size = 4): Promise<string> => {
      spaceNumber += 1
      const space = `space-${spaceNumber}`
      await store.createSpace(space, size)
      return space
    }
    const nearestIds = async (space: string, vector = east, limit = 10): Promise<string[]> =>
      (await store.search(space, { vector, limit })).map(({ trackId }) => trackId)

    test('has no live space at first', async () => {
      expect(await store.live()).toBeNull()
      await expect(store.search('live', { vector: east, limit: 1 })).rejects.toMatchObject({
        code: 'unknown-space',
      })
    })

    describe('search', () => {
      test('ranks and measures as exact cosines do', async () => {
        const space = await newSpace(256)
        const points = pointsOf(randomVectors(600, 256))
        await store.upsert(space, points)
        const [query] = randomVectors(1, 256, 2)
        const found = await store.search(space, { vector: query ?? east, limit: 100 })

        const wanted = [...(query ?? [])]
        const expected = points
          .map(({ trackId, vector }) => ({
            trackId,
            similarity: referenceCosine(wanted, [...vector]),
            axes: {
              time: referenceCosine(wanted.slice(0, 128), [...vector.subarray(0, 128)]),
              frequency: referenceCosine(wanted.slice(128), [...vector.subarray(128)]),
            },
          }))
          .sort((a, b) => b.similarity - a.similarity)
          .slice(0, 100)
        expect(found.map(({ trackId }) => trackId)).toEqual(expected.map(({ trackId }) => trackId))
        found.forEach(({ similarity, axes }, index) => {
          expect(similarity).toBeCloseTo(expected[index]?.similarity ?? 9, 5)
          expect(axes.time).toBeCloseTo(expected[index]?.axes.time ?? 9, 5)
          expect(axes.frequency).toBeCloseTo(expected[index]?.axes.frequency ?? 9, 5)
        })
      })

      test('goes from the same to the opposite, whatever the lengths', async () => {
        const space = await newSpace()
        await store.upsert(space, [
          point('opposite', -1e-20, 0, 0, 0),
          point('across', 0, 5, 0, 0),
          point('same', 1e20, 0, 0, 0),
          point('near', 1, 1, 0, 0),
        ])
        const found = await store.search(space, { vector: east, limit: 10 })
        expect(found.map(({ trackId }) => trackId)).toEqual(['same', 'near', 'across', 'opposite'])
        expect(found[0]?.similarity).toBeCloseTo(1, 5)
        expect(found[1]?.similarity).toBeCloseTo(Math.SQRT1_2, 5)
        expect(found[2]?.similarity).toBeCloseTo(0, 5)
        expect(found[3]?.similarity).toBeCloseTo(-1, 5)
      })

      test('calls an axis 0 that has no direction', async () => {
        const space = await newSpace()
        await store.upsert(space, [point('a', 1, 0, 0, 0), point('b', 1, 0, 0, 1)])
        const found = await store.search(space, { vector: east, limit: 2 })
        expect(found.map(({ axes }) => axes)).toEqual([
          { time: expect.closeTo(1, 5), frequency: 0 },
          { time: expect.closeTo(1, 5), frequency: 0 },
        ])
      })

      test('puts ties in the order of their track ids', async () => {
        const space = await newSpace()
        await store.upsert(
          space,
          ['c', 'a', 'b'].map((trackId) => point(trackId, 1, 0, 0, 0)),
        )
        expect(await nearestIds(space)).toEqual(['a', 'b', 'c'])
      })

      test('leaves out what is excluded and still fills the list', async () => {
        const space = await newSpace()
        const points = Array.from({ length: 60 }, (_, index) =>
          point(`t${String(index).padStart(2, '0')}`, 1, index / 10, 0, 0),
        )
        await store.upsert(space, points)
        const exclude = [
          't00',
          't01',
          't03',
          'unknown',
          ...points.slice(10, 50).map((p) => p.trackId),
        ]
        const found = await store.search(space, { vector: east, limit: 10, exclude })
        expect(found.map(({ trackId }) => trackId)).toEqual(
          ['02', '04', '05', '06', '07', '08', '09', '50', '51', '52'].map((id) => `t${id}`),
        )
      })

      test('gives what there is when that is less than the limit', async () => {
        const space = await newSpace()
        expect(await nearestIds(space)).toEqual([])
        await store.upsert(space, [point('only', 1, 2, 3, 4)])
        expect(await nearestIds(space)).toEqual(['only'])
        expect(
          await store.search(space, { vector: east, limit: 1_000, exclude: ['only'] }),
        ).toEqual([])
      })

      describe('with conditions', () => {
        let space: string
        /** Nearest to the east first: t00, t01, …, of artists a, b, c, a, … and albums of ten. */
        beforeAll(async () => {
          space = await newSpace()
          const points = Array.from({ length: 60 }, (_, index) => ({
            ...point(`t${String(index).padStart(2, '0')}`, 1, index / 10, 0, 0),
            payload: {
              source: index < 30 ? 'one' : 'other',
              artist: ['a', 'b', 'c'][index % 3] ?? '',
              album: index < 50 ? `album ${String(Math.floor(index / 10))}` : '',
            },
          }))
          await store.upsert(space, points)
        })
        const found = async (conditions: object, limit = 5): Promise<string[]> =>
          (await store.search(space, { vector: east, limit, ...conditions })).map(({ trackId }) =>
            trackId.slice(1),
          )

        test('finds only what has one of the names, in every field given', async () => {
          expect(await found({ only: { artist: ['a'] } })).toEqual(['00', '03', '06', '09', '12'])
          expect(await found({ only: { artist: ['b', 'c'], source: ['other'] } })).toEqual([
            '31',
            '32',
            '34',
            '35',
            '37',
          ])
          expect(await found({ only: { artist: ['b'], album: ['album 4', 'x'] } })).toEqual([
            '40',
            '43',
            '46',
            '49',
          ])
          expect(await found({ only: { source: ['nowhere'] } })).toEqual([])
        })

        test('finds nothing that has one of the names in any field', async () => {
          expect(await found({ except: { artist: ['a', 'c'], album: ['album 0'] } })).toEqual([
            '10',
            '13',
            '16',
            '19',
            '22',
          ])
        })

        test('lists no more tracks of one name than the cap', async () => {
          const cap = { field: 'artist', tracks: 1 }
          expect(await found({ cap })).toEqual(['00', '01', '02'])
          expect(await found({ cap: { ...cap, tracks: 2 } }, 4)).toEqual(['00', '01', '02', '03'])
          expect(await found({ cap, only: { source: ['other'] }, exclude: ['t30'] })).toEqual([
            '31',
            '32',
            '33',
          ])
        })

        test('caps no tracks whose field is empty', async () => {
          expect(await found({ cap: { field: 'album', tracks: 1 } }, 9)).toEqual([
            '00',
            '10',
            '20',
            '30',
            '40',
            '50',
            '51',
            '52',
            '53',
          ])
        })

        test('refuses what is out of bounds', async () => {
          const many = Array.from({ length: 1_001 }, (_, index) => `n${String(index)}`)
          for (const conditions of [
            { only: { artist: [] } },
            { except: { artist: [''] } },
            { only: { album: many } },
            { cap: { field: 'artist', tracks: 0 } },
          ]) {
            await expect(found(conditions)).rejects.toThrow(RangeError)
          }
        })
      })

      test('ranks by one half when asked to', async () => {
        const space = await newSpace()
        await store.upsert(space, [
          point('rhythm', 1, 0, 0, 9),
          point('colour', 0, 9, 1, 0),
          point('both', 2, 1, 2, 1),
        ])
        const ranked = async (rankBy: 'whole' | 'time' | 'frequency') => {
          const vector = Float32Array.of(1, 0, 1, 0)
          const found = await store.search(space, { vector, limit: 3, rankBy })
          return found.map(({ trackId }) => trackId)
        }
        expect(await ranked('whole')).toEqual(['both', 'colour', 'rhythm'])
        expect(await ranked('time')).toEqual(['rhythm', 'both', 'colour'])
        expect(await ranked('frequency')).toEqual(['colour', 'both', 'rhythm'])
      })

      test('goes towards what is liked and away from what is not', async () => {
        const space = await newSpace(8)
        const points = pointsOf(randomVectors(200, 8, 9))
        await store.upsert(space, points)
        const unit = (trackId: string): number[] => {
          const vector = [...(points.find((p) => p.trackId === trackId)?.vector ?? [])]
          const length = Math.hypot(...vector)
          return vector.map((value) => value / length)
        }
        const [a, b, c, d] = [unit('t00003'), unit('t00005'), unit('t00007'), unit('t00011')]
        const direction = a.map(
          (value, index) => value + (b[index] ?? 0) - ((c[index] ?? 0) + (d[index] ?? 0)) / 2,
        )
        const examples = { like: ['t00003', 't00005', 'never'], unlike: ['t00007', 't00011'] }
        const expected = points
          .filter(({ trackId }) => ![...examples.like, ...examples.unlike].includes(trackId))
          .map(({ trackId, vector }) => ({
            trackId,
            similarity: referenceCosine(direction, [...vector]),
          }))
          .sort((one, other) => other.similarity - one.similarity)
          .slice(0, 20)
        const found = await store.search(space, { ...examples, limit: 20 })
        expect(found.map(({ trackId }) => trackId)).toEqual(expected.map(({ trackId }) => trackId))
        found.forEach(({ similarity }, index) => {
          expect(similarity).toBeCloseTo(expected[index]?.similarity ?? 9, 5)
        })

        const [near] = await store.search(space, { like: ['t00003'], limit: 1 })
        expect(near?.trackId).toBe(
          (await store.search(space, { vector: Float32Array.from(a), limit: 2 }))[1]?.trackId,
        )
        expect(await store.search(space, { like: ['never'], limit: 5 })).toEqual([])
        const like = Array.from({ length: 101 }, (_, index) => `t${String(index)}`)
        await expect(store.search(space, { like, limit: 5 })).rejects.toThrow(RangeError)
      })

      test('refuses limits and exclusions out of bounds', async () => {
        const space = await newSpace()
        for (const limit of [0, -1, 1_001, 1.5, Number.NaN]) {
          await expect(store.search(space, { vector: east, limit })).rejects.toThrow(RangeError)
        }
        const exclude = Array.from({ length: 10_001 }, (_, index) => `t${index}`)
        await expect(store.search(space, { vector: east, limit: 1, exclude })).rejects.toThrow(
          RangeError,
        )
      })
    })

    describe('points', () => {
      test('come back in their direction', async () => {
        const space = await newSpace()
        await store.upsert(space, [point('a', 3, 0, 0, 4)])
        const vector = await store.get(space, 'a')
        const length = Math.hypot(...(vector ?? []))
        expect([...(vector ?? [])].map((value) => value / length)).toEqual([
          expect.closeTo(0.6, 6),
          0,
          0,
          expect.closeTo(0.8, 6),
        ])
        expect(await store.get(space, 'b')).toBeNull()
      })

      test('are replaced, and counted once', async () => {
        const space = await newSpace()
        await store.upsert(space, [point('a', 0, 1, 0, 0), point('a', 0, 0, 1, 0)])
        await store.upsert(space, [point('a', 1, 0, 0, 0), point('b', 0, 1, 0, 0)])
        expect(await store.count(space)).toBe(2)
        const [first] = await store.search(space, { vector: east, limit: 1 })
        expect(first).toMatchObject({ trackId: 'a', similarity: expect.closeTo(1, 5) })
      })

      test('are deleted, and may come back', async () => {
        const space = await newSpace()
        await store.upsert(space, [
          point('a', 1, 0, 0, 0),
          point('b', 2, 1, 0, 0),
          point('c', 1, 1, 0, 0),
        ])
        expect(await nearestIds(space)).toEqual(['a', 'b', 'c'])
        await store.delete(space, ['a', 'never was'])
        await store.delete(space, ['a'])
        expect(await nearestIds(space)).toEqual(['b', 'c'])
        expect(await store.get(space, 'a')).toBeNull()
        expect(await store.count(space)).toBe(2)
        await store.upsert(space, [point('a', 0, 0, 0, 1)])
        expect(await nearestIds(space)).toEqual(['b', 'c', 'a'])
        expect(await store.count(space)).toBe(3)
      })

      test('go in by the thousand, and none is nothing to do', async () => {
        const space = await newSpace()
        await store.upsert(space, [])
        await store.upsert(space, pointsOf(randomVectors(2_345, 4)))
        expect(await store.count(space)).toBe(2_345)
        expect(await nearestIds(space, east, 1_000)).toHaveLength(1_000)
      })

      test('may carry odd text', async () => {
        const space = await newSpace()
        const odd = { source: 's', artist: 'zero\0', album: 'half \ud83d' }
        await store.upsert(space, [{ ...point('a', 1, 0, 0, 0), payload: odd }])
        expect(await store.count(space)).toBe(1)
      })

      test.each([
        ['not a number', [1, Number.NaN, 0, 0]],
        ['infinite', [1, 0, Number.NEGATIVE_INFINITY, 0]],
        ['all zeros', [0, 0, -0, 0]],
        ['too short', [1, 0, 0]],
        ['too long', [1, 0, 0, 0, 0]],
        ['empty', []],
      ])('are refused when %s, all of them', async (_, numbers) => {
        const space = await newSpace()
        const bad = { code: 'bad-vector' }
        const points = [point('good', 1, 0, 0, 0), point('bad', ...numbers)]
        await expect(store.upsert(space, points)).rejects.toMatchObject(bad)
        expect(await store.count(space)).toBe(0)
        const vector = Float32Array.from(numbers)
        await expect(store.search(space, { vector, limit: 1 })).rejects.toMatchObject(bad)
      })
    })

    describe('two processes', () => {
      test('see each other’s writes at once', async () => {
        const space = await newSpace()
        const { writer, reader } = opened
        const seen = async () =>
          (await reader.search(space, { vector: east, limit: 10 })).map(({ trackId }) => trackId)
        expect(await seen()).toEqual([])
        await writer.upsert(space, [point('a', 1, 1, 0, 0)])
        expect(await seen()).toEqual(['a'])
        await writer.upsert(space, [point('b', 1, 0, 0, 0), point('c', 0, 1, 0, 0)])
        expect(await seen()).toEqual(['b', 'a', 'c'])
        await reader.delete(space, ['b'])
        await writer.upsert(space, [point('c', 1, 0, 0, 0)])
        expect(await seen()).toEqual(['c', 'a'])
        expect(await nearestIds(space)).toEqual(['c', 'a'])
      })

      test('write at once without losing a point, under searches', async () => {
        const space = await newSpace()
        const points = pointsOf(randomVectors(400, 4))
        const write = async (client: VectorStore, part: number): Promise<void> => {
          for (let start = part * 10; start < points.length; start += 40) {
            await client.upsert(space, points.slice(start, start + 10))
          }
        }
        const search = async (): Promise<void> => {
          for (let round = 0; round < 20; round += 1) {
            const found = await opened.reader.search(space, { vector: east, limit: 500 })
            expect(new Set(found.map(({ trackId }) => trackId)).size).toBe(found.length)
          }
        }
        const { writer, reader } = opened
        const writers = [writer, reader, writer, reader].map((client, part) => write(client, part))
        await Promise.all([...writers, search()])
        expect(await store.count(space)).toBe(400)
        for (const client of [writer, reader]) {
          expect(await client.search(space, { vector: east, limit: 500 })).toHaveLength(400)
        }
      })
    })

    describe('spaces', () => {
      test('are made once, with one size', async () => {
        const space = await newSpace(8)
        await store.createSpace(space, 8)
        await expect(store.createSpace(space, 4)).rejects.toMatchObject({ code: 'bad-vector' })
        expect(await store.spaces()).toContainEqual({ space, size: 8, count: 0, live: false })
      })

      test('keep apart', async () => {
        const [one, two] = [await newSpace(), await newSpace()]
        await store.upsert(one, [point('a', 1, 0, 0, 0)])
        await store.upsert(two, [point('b', 1, 0, 0, 0)])
        expect(await nearestIds(one)).toEqual(['a'])
        expect(await nearestIds(two)).toEqual(['b'])
      })

      test('take turns at being live, for every process', async () => {
        const [one, two] = [await newSpace(), await newSpace()]
        await store.upsert(one, [point('a', 1, 0, 0, 0)])
        await store.upsert(two, [point('b', 1, 0, 0, 0), point('c', 1, 0, 0, 0)])
        for (const [space, ids] of [
          [one, ['a']],
          [two, ['b', 'c']],
          [one, ['a']],
        ] as const) {
          await store.setLive(space)
          expect(await opened.reader.live()).toBe(space)
          const found = await opened.reader.search('live', { vector: east, limit: 10 })
          expect(found.map(({ trackId }) => trackId)).toEqual(ids)
          expect(await opened.reader.count('live')).toBe(ids.length)
          expect(await opened.reader.get('live', ids[0])).not.toBeNull()
        }
        const live = (await store.spaces()).filter((space) => space.live)
        expect(live).toEqual([{ space: one, size: 4, count: 1, live: true }])
      })

      test('are dropped with all in them, but not while live', async () => {
        const space = await newSpace()
        await store.upsert(space, [point('a', 1, 0, 0, 0)])
        expect(await nearestIds(space)).toEqual(['a'])
        await store.setLive(space)
        await expect(store.dropSpace(space)).rejects.toThrow(RangeError)
        await store.setLive(await newSpace())
        await store.dropSpace(space)
        await store.dropSpace(space)
        await expect(nearestIds(space)).rejects.toMatchObject({ code: 'unknown-space' })

        await store.createSpace(space, 4)
        expect(await nearestIds(space)).toEqual([])
        await store.upsert(space, [point('b', 1, 0, 0, 0)])
        expect(await nearestIds(space)).toEqual(['b'])
      })

      test('that are not there are said to be unknown', async () => {
        const attempts = [
          () => store.upsert('nowhere', [point('a', 1, 0, 0, 0)]),
          () => store.get('nowhere', 'a'),
          () => store.search('nowhere', { vector: east, limit: 1 }),
          () => store.count('nowhere'),
          () => store.delete('nowhere', ['a']),
          () => store.setLive('nowhere'),
        ]
        for (const attempt of attempts) {
          await expect(attempt()).rejects.toMatchObject({ code: 'unknown-space' })
        }
      })

      test('have names and sizes within bounds', async () => {
        for (const name of ['', 'live', 'a b', '../x', '-', 'x'.repeat(129), 'ü']) {
          await expect(store.createSpace(name, 4)).rejects.toThrow(RangeError)
        }
        for (const size of [0, 3, 4_098, -2, 2.5, Number.NaN]) {
          await expect(store.createSpace('sized', size)).rejects.toThrow(RangeError)
        }
        await expect(store.upsert('live', [])).rejects.toThrow(RangeError)
      })
    })
  })
}
