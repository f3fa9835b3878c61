import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { kysely, openDatabase } from '@soundalike/database'
import { FollowedSpaces } from '../src/followed-spaces.ts'
import { openVectors } from '../src/index.ts'
import { plainKernel } from '../src/kernel.ts'
import type { VectorSchema } from '../src/schema.ts'

test('a space is brought up to date by the announcement of a write, before anyone searches', async () => {
  const database = await openDatabase('pglite:memory')
  const writer = await openVectors('database:', database)
  await writer.createSpace('s', 2)
  const followed = new FollowedSpaces(database, kysely<VectorSchema>(database), plainKernel)
  const space = await followed.at(1, 2, 0n)
  const query = { vector: Float32Array.of(1, 0), limit: 10 }
  expect(space.nearest(query)).toEqual([])

  const payload = { source: '', artist: '', album: '' }
  await writer.upsert('s', [{ trackId: 'a', vector: Float32Array.of(1, 0), payload }])
  while (space.nearest(query).length === 0) await sleep(1)
  await writer.delete('s', ['a'])
  while (space.nearest(query).length === 1) await sleep(1)

  await followed.close()
  await writer.close()
  await database.close()
})
