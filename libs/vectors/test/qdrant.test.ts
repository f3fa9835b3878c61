import { afterAll, expect, test } from '@jest/globals'
import { QdrantClient } from '@qdrant/js-client-rest'
import { serverOrSkip, startQdrant, untilReady } from '@soundalike/testkit'
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

  /** Small collections are searched in full; this has a server make a graph of quantised vectors all the same. */
  const makeIndex = async (space: string, points: number): Promise<void> => {
    const client = new QdrantClient({ url: server.url, checkCompatibility: false })
    await client.updateCollection(space, {
      optimizers_config: { indexing_threshold: 100 },
      hnsw_config: { full_scan_threshold: 100 },
    })
    await untilReady('the index', async () => {
      const { status, indexed_vectors_count } = await client.getCollection(space)
      if (status !== 'green' || (indexed_vectors_count ?? 0) < points) throw new Error(status)
    })
  }

  test('a Qdrant server whose vectors are quantised and indexed finds what exact cosines find', async () => {
    const store = await open()
    await store.createSpace('quantised', 64)
    const payload = { source: 's', artist: 'a', album: 'b' }
    const points = randomVectors(10_000, 64).map((vector, index) => ({
      trackId: `t${index}`,
      vector,
      payload,
    }))
    await store.upsert('quantised', points)
    await makeIndex('quantised', points.length)
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
