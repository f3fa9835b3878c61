import { afterAll, expect, test } from '@jest/globals'
import { serverOrSkip, startQdrant } from '@soundalike/testkit'
import { openQdrantVectors } from '../src/qdrant-vectors.ts'
import { describeVectorStore } from './conformance.ts'
import { randomVectors, referenceCosine } from './random-vectors.ts'

const server = await serverOrSkip('vectors on a Qdrant server', startQdrant)
afterAll(() => server?.stop())

if (server !== null) {
  const open = () => openQdrantVectors(server.url)

  describeVectorStore('a Qdrant server', async () => {
    const [writer, reader] = [await open(), await open()]
    return {
      writer,
      reader,
      dispose: async () => {
        await writer.close()
        await reader.close()
      },
    }
  })

  test('a Qdrant server whose vectors are quantised and indexed finds what exact cosines find', async () => {
    const store = await open()
    await store.createSpace('quantised', 64)
    const vectors = randomVectors(30_000, 64)
    const payload = { source: 's', artist: 'a', album: 'b' }
    const points = vectors.map((vector, index) => ({ trackId: `t${index}`, vector, payload }))
    await store.upsert('quantised', points)
    let agreed = 0
    for (const query of randomVectors(20, 64, 5)) {
      const wanted = points
        .map(({ trackId, vector }) => ({
          trackId,
          cosine: referenceCosine([...query], [...vector]),
        }))
        .sort((a, b) => b.cosine - a.cosine)
        .slice(0, 10)
      const found = await store.search('quantised', { vector: query, limit: 10 })
      const ids = new Set(found.map(({ trackId }) => trackId))
      agreed += wanted.filter(({ trackId }) => ids.has(trackId)).length
    }
    expect(agreed).toBeGreaterThanOrEqual(190)
    await store.dropSpace('quantised')
    await store.close()
  })
}
