import type { BlobStore } from '@soundalike/blobs'
import type { Catalog } from '@soundalike/catalog'
import { Failure, keys } from '@soundalike/contracts'
import type { Handler } from '@soundalike/pipeline'
import type { VectorStore } from '@soundalike/vectors'
import type { Encoders } from './encoders.ts'
import { createVectorWriter } from './vector-writer.ts'

export interface EmbedPorts {
  catalog: Catalog
  blobs: BlobStore
  vectors: VectorStore
  encoders: Encoders
  melFingerprint: string
}

/** Mel image → vector in the space of one model. */
export const createEmbedHandler = ({
  catalog,
  blobs,
  vectors,
  encoders,
  melFingerprint,
}: EmbedPorts): Handler<'embed'> => {
  const write = createVectorWriter(vectors)
  return async ({ payload: { trackId, modelId } }) => {
    const track = await catalog.getTrack(trackId)
    if (track === null) throw new Failure('unknown-track', `no track ${trackId}`)
    try {
      const image = await blobs.get(keys.mel(melFingerprint, trackId))
      if (image === null) throw new Failure('missing-input', `no mel image of track ${trackId}`)
      const vector = await encoders.encode(modelId, image)
      const { source, artist, album } = track
      await write(modelId, { trackId, vector, payload: { source, artist, album } })
    } catch (error) {
      // Its files and its space are removed before it is, so this shows as any failure.
      if (await isGone(catalog, modelId))
        throw new Failure('unknown-model', `no model ${modelId}`, { cause: error })
      throw error
    }
  }
}

const isGone = async (catalog: Pick<Catalog, 'model'>, modelId: string): Promise<boolean> => {
  const model = await catalog.model(modelId)
  return model === null || model.status === 'leaving'
}
