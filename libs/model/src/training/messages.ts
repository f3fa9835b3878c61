import type { BackendName } from '../backend.ts'
import type { Finishing } from '../finishing.ts'
import type { CheckpointNumbers, Standing } from './checkpoint.ts'
import type { Reconstruction } from './reconstructions.ts'
import type { SharedState } from './shared-state.ts'
import type { Split } from './split.ts'

/** What a rank is started with. */
export interface RankData {
  readonly architecture: string
  readonly rank: number
}

/** Of each track that finishing is fitted to: vectors of its halves, and of all of it in another guise. */
export const vectorsPerSample = 3

/** What a rank is told once all ranks are there. */
export interface TrainingOrder {
  readonly state: SharedState
  readonly split: Split
  /** Tracks whose vectors the finishing step is fitted to. */
  readonly fitted: readonly number[]
  /** Shared; {@link vectorsPerSample} raw vectors of each of `fitted`, one after the other. */
  readonly vectors: Float32Array
  readonly seed: number
  readonly batchSize: number
  /** Of the budget when the order is given, finishing not included. */
  readonly secondsLeft: number
  readonly maxSteps: number
  readonly stepsPerEpoch: number
  /** Where an earlier run stood whose numbers the shared state holds. */
  readonly resumed: { readonly standing: Standing; readonly best: Float32Array } | null
  /** Whether the first rank sends a checkpoint after every epoch. */
  readonly wantsCheckpoints: boolean
}

/** One pass over the training images, or over as many of them as a pass may take. */
export interface Epoch {
  readonly epoch: number
  readonly loss: number
  readonly validationLoss: number
  readonly cropsPerSecond: number
  /** Length of this epoch. */
  readonly seconds: number
  /** Until the budget is used up. */
  readonly secondsLeft: number
}

export interface TrainingResult {
  /** Validation loss of the weights kept. */
  readonly loss: number
  readonly finishing: Finishing
  readonly reconstructions: readonly Reconstruction[]
}

export type ToRank =
  | { readonly type: 'train'; readonly order: TrainingOrder }
  | { readonly type: 'images'; readonly request: number; readonly images: readonly Uint8Array[] }

export type FromRank =
  | { readonly type: 'ready'; readonly backend: BackendName }
  | { readonly type: 'load'; readonly request: number; readonly indexes: readonly number[] }
  | { readonly type: 'epoch'; readonly epoch: Epoch }
  | {
      readonly type: 'checkpoint'
      readonly standing: Standing
      readonly numbers: CheckpointNumbers
    }
  | { readonly type: 'diverged'; readonly step: number }
  /** The first rank speaks for all; the others have no result. */
  | { readonly type: 'done'; readonly result: TrainingResult | null }
