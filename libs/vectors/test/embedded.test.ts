import { openDatabase } from '@soundalike/database'
import { expect, test } from '@jest/globals'
import { openVectors } from '../src/index.ts'
import { describeVectorStore } from './conformance.ts'

describeVectorStore('an embedded database', async () => {
  const database = await openDatabase('pglite:memory')
  const [writer, reader] = [
    await openVectors('database:', database),
    await openVectors('database:', database),
  ]
  return {
    writer,
    reader,
    async dispose() {
      await Promise.all([writer.close(), reader.close()])
      await database.close()
    },
  }
})

test('a URL of no vector store is refused', async () => {
  const database = await openDatabase('pglite:memory')
  await expect(openVectors('ftp://vectors', database)).rejects.toThrow(TypeError)
  await database.close()
})
