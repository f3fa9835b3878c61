import type { BlobStore } from '@soundalike/blobs'
import { Failure, keys } from '@soundalike/contracts'
import type { Catalog } from '@soundalike/catalog'
import { bundleFileNames, openEncoder, readBundle } from '@soundalike/model'
import { createBatcher } from './batcher.ts'

/** One model, ready to turn mel images into vectors. */
export interface TrackEncoder {
  /** Of the mel images it reads. */
  fingerprint: string
  encode(image: Uint8Array): Promise<Float32Array>
  close(): Promise<void>
}

/** The models in use, opened when first asked for. */
export interface Encoders {
  /** @throws Failure `bad-model` or `preset-mismatch` */
  of(modelId: string): Promise<TrackEncoder>
  close(): Promise<void>
}

interface EncodersOptions {
  catalog: Catalog
  blobs: BlobStore
  /** Of the mel images this process works with. */
  fingerprint: string
  threads: number
}

const BATCH = { size: 32, waitMs: 5 }
/** The live model and the one that is filling its space. */
const MAX_OPEN = 2

/** Keeps the encoders of the last few models asked for. */
export const createEncoders = (options: EncodersOptions): Encoders => {
  const open = new Map<string, Promise<TrackEncoder>>()

  const closeOldest = async (): Promise<void> => {
    const oldest = open.keys().next().value
    if (oldest === undefined) return
    const encoder = open.get(oldest)
    open.delete(oldest)
    await (await encoder?.catch(() => undefined))?.close()
  }

  return {
    of: async (modelId) => {
      let encoder = open.get(modelId)
      if (encoder === undefined) {
        if (open.size >= MAX_OPEN) await closeOldest()
        encoder = open.get(modelId) ?? openTrackEncoder(modelId, options)
        open.set(modelId, encoder)
        encoder.catch(() => open.delete(modelId))
      }
      return encoder
    },
    close: async () => {
      while (open.size > 0) await closeOldest()
    },
  }
}

const openTrackEncoder = async (
  modelId: string,
  { catalog, blobs, fingerprint, threads }: EncodersOptions,
): Promise<TrackEncoder> => {
  if ((await catalog.model(modelId)) === null) {
    throw new Failure('bad-model', `the catalog has no model ${modelId}`)
  }
  const files = await Promise.all(
    bundleFileNames.map(
      async (file) => [file, await blobs.get(keys.model(modelId, file))] as const,
    ),
  )
  const encoder = await openEncoder(readBundle(Object.fromEntries(files), fingerprint), { threads })
  return {
    fingerprint,
    encode: createBatcher((images: Uint8Array[]) => encoder.encode(images), BATCH),
    close: () => encoder.close(),
  }
}
