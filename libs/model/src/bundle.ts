import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { ModelManifest } from '@soundalike/contracts'
import { Failure, ModelManifestSchema } from '@soundalike/contracts'
import { create, fromJsonString, toJsonString } from '@bufbuild/protobuf'
import type { Architecture } from './architectures/architecture.ts'
import { axisSize, cropSize } from './architectures/architecture.ts'
import { architectureNamed } from './architectures/index.ts'
import type { BackendName } from './backend.ts'
import type { Finishing } from './finishing.ts'
import { finishingShapes } from './finishing.ts'
import { sizeOf } from './parameters.ts'
import type { Epoch } from './training/messages.ts'

/** A trained model: what it is, and the numbers that make it. */
export interface ModelBundle {
  readonly manifest: ModelManifest
  /** Every tensor the manifest lists, in its order: the architecture's parameters, then the finishing step's. */
  readonly weights: Float32Array
}

const manifestFile = 'manifest.json'
/** TensorFlow.js's own weight format: tensors one after the other, little-endian floats. */
const weightsFile = 'weights.bin'

/**
 * The network is kept in half precision, which changes a cosine by less than a thousandth. The finishing step is not:
 * where numbers hardly vary it multiplies by more than half precision can hold.
 */
const bitsOf = (name: string): 16 | 32 => (name.startsWith('finishing/') ? 32 : 16)

/** Of this package, whose code makes what a bundle holds. */
const { version: codeVersion } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as { version: string }

interface BundleParts {
  readonly architecture: Architecture
  /** Flat vector of the architecture's parameters. */
  readonly values: Float32Array
  readonly finishing: Finishing
  readonly preset: { readonly name: string; readonly fingerprint: string }
  readonly seed: number
  readonly backend: BackendName
  readonly epochs: readonly Epoch[]
  readonly loss: number
  readonly trainingSet: {
    readonly tracks: number
    readonly validationTracks: number
    readonly licences: Readonly<Record<string, number>>
  }
}

/** Puts a trained model together; its id follows from architecture, preset and numbers alone. */
export const createBundle = (model: BundleParts): ModelBundle => {
  const { architecture, finishing, preset } = model
  const { time, frequency } = finishing
  const weights = Float32Array.from([
    // Rounded here, so that a bundle is the same before and after a file.
    ...model.values.map((value) => Math.f16round(value)),
    ...time.mean,
    ...time.projection,
    ...frequency.mean,
    ...frequency.projection,
  ])
  if (!weights.every(Number.isFinite)) {
    throw new Failure('diverged', 'the weights hold numbers that half precision cannot')
  }
  const manifest = create(ModelManifestSchema, {
    id: bundleId(architecture.name, preset.fingerprint, weights),
    architecture: architecture.name,
    preset: preset.name,
    fingerprint: preset.fingerprint,
    vectorSize: 2 * axisSize,
    cropSize,
    cropsPerTrack: architecture.cropsPerTrack,
    seed: model.seed >>> 0,
    backend: model.backend,
    codeVersion,
    createdAt: new Date().toISOString(),
    trainingSet: { ...model.trainingSet, licences: { ...model.trainingSet.licences } },
    epochs: model.epochs.map(({ epoch, loss, validationLoss, cropsPerSecond, seconds }) => ({
      epoch,
      loss,
      validationLoss,
      cropsPerSecond,
      seconds,
    })),
    loss: model.loss,
    weights: tensorList(architecture),
  })
  return { manifest, weights }
}

const tensorList = (
  architecture: Architecture,
): { name: string; shape: number[]; bits: number }[] =>
  [...architecture.parameters, ...finishingShapes(architecture.rawAxisSize)].map(
    ({ name, shape }) => ({ name, shape: [...shape], bits: bitsOf(name) }),
  )

const bundleId = (architecture: string, fingerprint: string, weights: Float32Array): string => {
  const hash = createHash('sha256').update(`${architecture}\n${fingerprint}\n`)
  return `${architecture}-${hash.update(littleEndian(weights)).digest('hex').slice(0, 12)}`
}

const littleEndian = (values: Float32Array): Uint8Array => {
  const bytes = new Uint8Array(values.length * 4)
  const view = new DataView(bytes.buffer)
  values.forEach((value, index) => view.setFloat32(4 * index, value, true))
  return bytes
}

type Tensors = readonly { readonly shape: readonly number[]; readonly bits: number }[]

const bytesOf = (bits: number): number => (bits === 16 ? 2 : 4)

const writeWeights = (tensors: Tensors, values: Float32Array): Uint8Array => {
  const bytes = new Uint8Array(sizeInBytes(tensors))
  const view = new DataView(bytes.buffer)
  eachNumber(tensors, (index, offset, bits) => {
    if (bits === 16) view.setFloat16(offset, values[index]!, true)
    else view.setFloat32(offset, values[index]!, true)
  })
  return bytes
}

const sizeInBytes = (tensors: Tensors): number =>
  tensors.reduce((sum, { shape, bits }) => sum + sizeOf(shape) * bytesOf(bits), 0)

/** Calls back with the place of every number of the weight file: among the numbers, and in bytes. */
const eachNumber = (
  tensors: Tensors,
  visit: (index: number, offset: number, bits: number) => void,
): void => {
  let index = 0
  let offset = 0
  for (const { shape, bits } of tensors) {
    const end = index + sizeOf(shape)
    for (; index < end; index++, offset += bytesOf(bits)) visit(index, offset, bits)
  }
}

/** The files of a bundle by name, to be stored under `models/<id>/`. */
export const bundleFiles = ({ manifest, weights }: ModelBundle): Record<string, Uint8Array> => ({
  [manifestFile]: new TextEncoder().encode(
    toJsonString(ModelManifestSchema, manifest, { prettySpaces: 2 }),
  ),
  [weightsFile]: writeWeights(manifest.weights, weights),
})

/** Names of the files {@link readBundle} needs. */
export const bundleFileNames: readonly string[] = [manifestFile, weightsFile]

/**
 * Reads a bundle back.
 *
 * @param files - as {@link bundleFiles} made them
 * @param expectedFingerprint - of the preset whose mel images are to be encoded
 * @throws Failure `preset-mismatch`, naming both fingerprints; `bad-model` when something is missing or damaged
 */
export const readBundle = (
  files: Readonly<Record<string, Uint8Array | null | undefined>>,
  expectedFingerprint: string,
): ModelBundle => {
  const manifest = readManifest(required(files, manifestFile))
  if (manifest.fingerprint !== expectedFingerprint) {
    throw new Failure(
      'preset-mismatch',
      `model ${manifest.id} reads mel images ${manifest.fingerprint} (${manifest.preset}), these are ${expectedFingerprint}`,
    )
  }
  const architecture = architectureNamed(manifest.architecture)
  checkTensorList(manifest, architecture)
  const weights = readWeights(manifest, required(files, weightsFile))
  return { manifest, weights }
}

const required = (
  files: Readonly<Record<string, Uint8Array | null | undefined>>,
  name: string,
): Uint8Array => {
  const bytes = files[name]
  if (bytes) return bytes
  throw new Failure('bad-model', `the bundle has no ${name}`)
}

const readManifest = (bytes: Uint8Array): ModelManifest => {
  try {
    return fromJsonString(ModelManifestSchema, new TextDecoder().decode(bytes))
  } catch (error) {
    throw new Failure('bad-model', `${manifestFile} is not a model manifest`, { cause: error })
  }
}

const checkTensorList = (manifest: ModelManifest, architecture: Architecture): void => {
  const expected = tensorList(architecture)
  const fits =
    manifest.vectorSize === 2 * axisSize &&
    manifest.cropSize === cropSize &&
    manifest.weights.length === expected.length &&
    expected.every(({ name, shape }, position) => {
      const found = manifest.weights[position]!
      return found.name === name && found.shape.join() === shape.join()
    })
  if (fits) return
  throw new Failure(
    'bad-model',
    `model ${manifest.id} does not have the tensors of architecture ${architecture.name}`,
  )
}

const readWeights = (manifest: ModelManifest, bytes: Uint8Array): Float32Array => {
  const needed = sizeInBytes(manifest.weights)
  if (bytes.length !== needed) {
    throw new Failure(
      'bad-model',
      `${weightsFile} of model ${manifest.id} has ${bytes.length} bytes, ${needed} are needed`,
    )
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const count = manifest.weights.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  const weights = new Float32Array(count)
  eachNumber(manifest.weights, (index, offset, bits) => {
    weights[index] = bits === 16 ? view.getFloat16(offset, true) : view.getFloat32(offset, true)
  })
  if (bundleId(manifest.architecture, manifest.fingerprint, weights) !== manifest.id) {
    throw new Failure('bad-model', `${weightsFile} does not belong to model ${manifest.id}`)
  }
  return weights
}
