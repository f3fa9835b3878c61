import { afterAll, describe, expect, test } from '@jest/globals'
import { openDatabase } from '@soundalike/database'
import { serverOrSkip, startPostgres } from '@soundalike/testkit'
import { openVectors } from '../src/index.ts'
import { describeVectorStore } from './conformance.ts'

const server = await serverOrSkip('vectors on a PostgreSQL server', startPostgres)
const open = async () => {
  const database = await openDatabase(server?.url ?? '')
  const vectors = await openVectors('database:', database)
  const dispose = async (): Promise<void> => {
    await vectors.close()
    await database.close()
  }
  return { database, vectors, dispose }
}

if (server !== null) {
  afterAll(() => server.stop())

  describeVectorStore('a PostgreSQL server', async () => {
    const [writer, reader] = [await open(), await open()]
    const dispose = async (): Promise<void> => {
      await writer.dispose()
      await reader.dispose()
    }
    return { writer: writer.vectors, reader: reader.vectors, dispose }
  })

  describe('vectors on a PostgreSQL server', () => {
    const payload = { source: 's', artist: 'a', album: 'b' }
    const point = (trackId: string) => ({ trackId, vector: Float32Array.of(1, 0), payload })

    test('are complete after the connection that hears of writes was cut', async () => {
      const [writer, reader] = [await open(), await open()]
      const found = async () =>
        (await reader.vectors.search('cut', { vector: Float32Array.of(1, 0), limit: 9 })).length
      await writer.vectors.createSpace('cut', 2)
      await writer.vectors.upsert('cut', [point('a')])
      expect(await found()).toBe(1)
      await writer.database.pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where pid <> pg_backend_pid() and datname = current_database() and query like 'LISTEN%'`,
      )
      await writer.vectors.upsert('cut', [point('b')])
      expect(await found()).toBe(2)
      await Promise.all([writer.dispose(), reader.dispose()])
    })
  })
}
