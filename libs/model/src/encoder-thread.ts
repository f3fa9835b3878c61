import { workerData } from 'node:worker_threads'
import type { BackendName } from './backend.ts'
import { openBackend } from './backend.ts'
import { architectureNamed } from './architectures/index.ts'
import { finish, finishingFromTensors } from './finishing.ts'
import { placeParameters, toTensors } from './parameters.ts'
import { rawTrackVectors, reconstructionErrors } from './track-vectors.ts'

/** What every thread of an encoder is started with. */
export interface EncoderData {
  readonly architecture: string
  readonly weights: Float32Array
}

/* One thread of an encoder: holds the model's tensors and answers batches of images with vectors. */

const { architecture: name, weights } = workerData as EncoderData
const architecture = architectureNamed(name)
const placed = placeParameters(architecture.parameters)
const last = placed.at(-1)!
const finishing = finishingFromTensors(
  weights.subarray(last.offset + last.size),
  architecture.rawAxisSize,
)
const backend: BackendName = await openBackend()
const tensorsOf = (parts: string[]) =>
  toTensors(
    weights,
    placed.filter(({ name: path }) => parts.some((part) => path.startsWith(part))),
  )
const tensors = tensorsOf(['encoder/'])
let withDecoder: typeof tensors | undefined

export const reconstruct = (images: readonly Uint8Array[]): number[] => {
  withDecoder ??= { ...tensors, ...tensorsOf(['decoder/']) }
  return reconstructionErrors(architecture, withDecoder, images)
}

export const encode = (images: readonly Uint8Array[]): Float32Array[] =>
  rawTrackVectors(architecture, tensors, images).map((raw) => finish(finishing, raw))

export const backendName = (): BackendName => backend
