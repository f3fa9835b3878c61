import { create, toBinary } from '@bufbuild/protobuf'
import type { BlobStore } from '@soundalike/blobs'
import type { Catalog } from '@soundalike/catalog'
import { Failure, keys, MusicMapSchema } from '@soundalike/contracts'
import type { Handler } from '@soundalike/pipeline'
import type { VectorStore } from '@soundalike/vectors'
import { layOut } from './layout.ts'

export interface MapPorts {
  catalog: Catalog
  blobs: BlobStore
  vectors: VectorStore
}

const MIN_TRACKS = 16
const PAGE_TRACKS = 1_000

/** Vectors of one space → its map. */
export const createMapHandler =
  (ports: MapPorts): Handler<'map'> =>
  async ({ payload: { space }, signal }) => {
    const { trackIds, vectors } = await readSpace(ports, space, signal)
    if (trackIds.length < MIN_TRACKS) {
      throw new Failure(
        'library-too-small',
        `${String(trackIds.length)} vectors, a map needs at least ${String(MIN_TRACKS)}`,
      )
    }
    const positions = await layOut(vectors, signal)
    const map = create(MusicMapSchema, {
      space,
      createdAt: new Date().toISOString(),
      points: trackIds.map((trackId, index) => {
        const [x, y] = positions[index] ?? [0, 0]
        return { trackId, x, y }
      }),
    })
    await ports.blobs.put(keys.map(space), toBinary(MusicMapSchema, map))
  }

const readSpace = async (
  { catalog, vectors: store }: MapPorts,
  space: string,
  signal: AbortSignal,
): Promise<{ trackIds: string[]; vectors: Float32Array[] }> => {
  const trackIds: string[] = []
  const vectors: Float32Array[] = []
  let afterId: string | undefined
  for (;;) {
    signal.throwIfAborted()
    const page = await catalog.done({
      stage: 'embed',
      fingerprint: space,
      limit: PAGE_TRACKS,
      ...(afterId === undefined ? {} : { afterId }),
    })
    if (page.length === 0) return { trackIds, vectors }
    for (const { id } of page) {
      const vector = await store.get(space, id)
      if (vector === null) continue
      trackIds.push(id)
      vectors.push(vector)
    }
    afterId = page.at(-1)?.id
  }
}
