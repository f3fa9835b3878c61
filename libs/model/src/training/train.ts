import { Failure } from '@soundalike/contracts'
import { architectureNamed } from '../architectures/index.ts'
import type { ModelBundle } from '../bundle.ts'
import { createBundle } from '../bundle.ts'
import { placeParameters } from '../parameters.ts'
import { createRandom } from '../random.ts'
import { cropsPerStep } from './batches.ts'
import type { Checkpoint, CheckpointOwner } from './checkpoint.ts'
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint.ts'
import type { ImageSource } from './image-cache.ts'
import { latestOnly } from './latest-only.ts'
import type { Epoch } from './messages.ts'
import { vectorsPerSample } from './messages.ts'
import { startRanks } from './ranks.ts'
import type { Reconstruction } from './reconstructions.ts'
import type { SharedState } from './shared-state.ts'
import { createSharedState, sharedFloats } from './shared-state.ts'
import type { Split } from './split.ts'
import { splitByArtist } from './split.ts'

export interface TrainingOptions {
  /** Mel images of tracks whose source allows training. Nothing else is learned from. */
  readonly images: ImageSource & {
    /** Keeps an artist's tracks on one side of the split; empty where the artist is not known. */
    artist(index: number): string
    /** Which recording an image shows a part of: parts of one belong together. By default each is one of its own. */
    recording?(index: number): string
  }
  /** What made the images; encoding refuses others. */
  readonly preset: { readonly name: string; readonly fingerprint: string }
  /** @default 'soundalike-1' */
  readonly architecture?: string
  readonly seed: number
  /** Wall time for everything, finishing included. */
  readonly budgetSeconds: number
  /** Stops after this many steps even if there is time left; what makes a run repeatable. */
  readonly maxSteps?: number
  /**
   * An epoch ends after this many steps even where it has not shown every image: a large library's would take hours
   * until the first validation and the first checkpoint.
   *
   * @default 256
   */
  readonly stepsPerEpoch?: number
  /**
   * Crops per step, over all threads; more where each thread would have fewer than 16. The contrastive term compares
   * the crops of one thread with each other and with no others.
   *
   * @default 64
   */
  readonly batchSize?: number
  /** Worker threads on the WebAssembly backend; the native ones use every core by themselves. @default cores, at most 8 */
  readonly threads?: number
  /** Model of the same architecture and preset whose weights training starts from, in place of random ones. */
  readonly startFrom?: ModelBundle
  /**
   * Where a run that is cut off leaves what it needs to go on: to the very same result on as many threads, and on another
   * number to one of its own, since batches are divided otherwise.
   */
  readonly checkpoints?: CheckpointStore
  /** Licence to number of tracks, for the manifest. */
  readonly licences?: Readonly<Record<string, number>>
  readonly signal?: AbortSignal
  onProgress?(epoch: Epoch): void
}

/** Keeps one checkpoint, the newest. */
export interface CheckpointStore {
  load(): Promise<Uint8Array | null>
  save(checkpoint: Uint8Array): Promise<void>
}

const defaultArchitecture = 'soundalike-1'

/** Fewer tracks than this teach nothing. */
const minimumTracks = 2

/** Tracks whose vectors the finishing step is fitted to: the covariance of a few hundred numbers needs no more. */
const fittedTracks = 2_048

/** Part of the budget kept for the last validation and for finishing. */
const finishingShare = 0.08

/** What training ends with. */
export interface TrainedModel extends ModelBundle {
  /** A few crops kept from training, to look at. */
  readonly reconstructions: readonly Reconstruction[]
}

/**
 * Trains a model in worker threads and returns it as a bundle.
 *
 * @throws Failure `library-too-small`, `diverged`, `bad-model` for an unknown architecture; the signal's reason on abort
 */
export const trainModel = async (options: TrainingOptions): Promise<TrainedModel> => {
  const { images, seed, budgetSeconds, signal, preset } = options
  const startedMs = performance.now()
  signal?.throwIfAborted()
  if (images.count < minimumTracks) {
    throw new Failure(
      'library-too-small',
      `${images.count} tracks to train on, at least ${minimumTracks} are needed`,
    )
  }
  const architecture = architectureNamed(options.architecture ?? defaultArchitecture)
  const parameters = placeParameters(architecture.parameters)
  const labels = Array.from({ length: images.count }, (_, index) => ({
    artist: images.artist(index),
    recording: images.recording?.(index) ?? String(index),
  }))
  const split = splitByArtist(labels, seed)

  await using ranks = await startRanks(architecture.name, options.threads)
  signal?.throwIfAborted()
  const state = createSharedState(parameters, ranks.workers.length, seed)
  if (options.startFrom !== undefined) state.values.set(networkOf(options.startFrom, options))
  const batchSize = options.batchSize ?? 64
  const owner: CheckpointOwner = {
    architecture: architecture.name,
    fingerprint: preset.fingerprint,
    seed,
    batchSize,
    images: images.count,
  }
  const resumed = await resume(options.checkpoints, owner, state)
  const epochs: Epoch[] = [...(resumed?.epochs ?? [])]
  const spentSeconds = () => (resumed?.spentSeconds ?? 0) + (performance.now() - startedMs) / 1_000
  const save = latestOnly(async (checkpoint: Checkpoint) => {
    await options.checkpoints?.save(encodeCheckpoint(checkpoint))
  })
  const fitted = sample(images.count, fittedTracks, seed)
  const result = await ranks.run({
    order: {
      state,
      split,
      fitted,
      vectors: sharedFloats(vectorsPerSample * fitted.length * 2 * architecture.rawAxisSize),
      seed,
      batchSize: cropsPerStep(batchSize, ranks.workers.length),
      secondsLeft: budgetSeconds * (1 - finishingShare) - spentSeconds(),
      maxSteps: options.maxSteps ?? Number.POSITIVE_INFINITY,
      stepsPerEpoch: options.stepsPerEpoch ?? 256,
      resumed: resumed && { standing: resumed.standing, best: resumed.numbers.best },
      wantsCheckpoints: options.checkpoints !== undefined,
    },
    images,
    signal,
    onEpoch(epoch) {
      epochs.push(epoch)
      options.onProgress?.(epoch)
    },
    onCheckpoint: (standing, numbers) =>
      save({ owner, standing, spentSeconds: spentSeconds(), epochs: [...epochs], numbers }),
  })

  const bundle = createBundle({
    architecture,
    values: state.values,
    finishing: result.finishing,
    preset,
    seed,
    backend: ranks.backend,
    epochs,
    loss: result.loss,
    trainingSet: trainingSet(split, options.licences ?? {}),
  })
  return { ...bundle, reconstructions: result.reconstructions }
}

/** Puts the numbers of an earlier run's checkpoint in place, if there is one of the same run. */
const resume = async (
  checkpoints: CheckpointStore | undefined,
  owner: CheckpointOwner,
  state: SharedState,
): Promise<Checkpoint | null> => {
  const bytes = await checkpoints?.load()
  if (!bytes) return null
  const checkpoint = decodeCheckpoint(bytes, owner, state.values.length)
  if (checkpoint === null) return null
  const { values, firstMoments, secondMoments } = checkpoint.numbers
  state.values.set(values)
  state.firstMoments.set(firstMoments)
  state.secondMoments.set(secondMoments)
  return checkpoint
}

/** The weights of a bundle without its finishing step, which is fitted anew. */
const networkOf = (
  { manifest, weights }: ModelBundle,
  { architecture = defaultArchitecture, preset }: TrainingOptions,
): Float32Array => {
  if (manifest.architecture !== architecture || manifest.fingerprint !== preset.fingerprint) {
    throw new Failure(
      'bad-model',
      `training of ${architecture} for ${preset.fingerprint} cannot start from ${manifest.id}`,
    )
  }
  const last = placeParameters(architectureNamed(architecture).parameters).at(-1)!
  return weights.subarray(0, last.offset + last.size)
}

const trainingSet = (split: Split, licences: Readonly<Record<string, number>>) => ({
  tracks: split.training.flat().length,
  validationTracks: split.validation.flat().length,
  licences,
})

/** Up to `size` indexes below `count`, in order. */
const sample = (count: number, size: number, seed: number): number[] => {
  const all = Array.from({ length: count }, (_, index) => index)
  if (count <= size) return all
  return createRandom(seed, sampleStream)
    .shuffle(all)
    .slice(0, size)
    .sort((a, b) => a - b)
}

/** Apart from the streams of split (0) and epochs (counting from 1). */
const sampleStream = -1
