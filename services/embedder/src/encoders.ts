import type { BlobStore } from '@soundalike/blobs'
import type { Catalog } from '@soundalike/catalog'
import { Failure, keys } from '@soundalike/contracts'
import { bundleFileNames, openEncoder, readBundle, type Encoder } from '@soundalike/model'
import { createBatcher } from './batcher.ts'

/** The models in use, opened when first asked for. */
export interface Encoders {
  /**
   * Turns a mel image into a vector of the model's space.
   *
   * @throws Failure `bad-model` or `preset-mismatch`
   */
  encode(modelId: string, image: Uint8Array): Promise<Float32Array>
  /** Ends all of them; what is under way is finished first. */
  close(): Promise<void>
}

interface EncodersOptions {
  catalog: Catalog
  blobs: BlobStore
  /** Of the mel images this process works with. */
  fingerprint: string
  threads: number
}

interface OpenModel {
  encode: (image: Uint8Array) => Promise<Float32Array>
  encoder: Encoder
}

const BATCH = { size: 32, waitMs: 5 }
/** The live model and the one that is filling its space. */
const MAX_OPEN = 2

/** Keeps the models asked for last open, and closes another when nobody waits for it any more. */
export const createEncoders = (options: EncodersOptions): Encoders => {
  /** In the order of their last use. */
  const models = new Map<string, Promise<OpenModel>>()
  const underWay = new Map<string, Set<Promise<unknown>>>()

  const close = async (modelId: string): Promise<void> => {
    const opening = models.get(modelId)
    models.delete(modelId)
    await Promise.allSettled([...(underWay.get(modelId) ?? new Set<Promise<unknown>>())])
    const model = await opening?.catch(() => undefined)
    await model?.encoder.close()
  }

  const closeSurplus = async (): Promise<void> => {
    const [oldest] = models.keys()
    if (models.size > MAX_OPEN && oldest !== undefined) await close(oldest)
  }

  const open = (modelId: string): Promise<OpenModel> => {
    const model = models.get(modelId) ?? openModel(modelId, options)
    models.delete(modelId)
    models.set(modelId, model)
    // One that could not be opened is tried again the next time.
    model.catch(() => {
      if (models.get(modelId) === model) models.delete(modelId)
    })
    return model
  }

  return {
    encode: async (modelId, image) => {
      const encoding = open(modelId).then((model) => model.encode(image))
      const calls = underWay.get(modelId) ?? new Set()
      underWay.set(modelId, calls.add(encoding))
      void closeSurplus()
      try {
        return await encoding
      } finally {
        calls.delete(encoding)
      }
    },
    close: async () => {
      await Promise.all([...models.keys()].map(close))
    },
  }
}

const openModel = async (
  modelId: string,
  { catalog, blobs, fingerprint, threads }: EncodersOptions,
): Promise<OpenModel> => {
  if ((await catalog.model(modelId)) === null) {
    throw new Failure('bad-model', `the catalog has no model ${modelId}`)
  }
  const files = await Promise.all(
    bundleFileNames.map(
      async (file) => [file, await blobs.get(keys.model(modelId, file))] as const,
    ),
  )
  const encoder = await openEncoder(readBundle(Object.fromEntries(files), fingerprint), { threads })
  return { encoder, encode: createBatcher((images: Uint8Array[]) => encoder.encode(images), BATCH) }
}
