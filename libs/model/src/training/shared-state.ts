import type { PlacedParameter } from '../parameters.ts'
import { initialise } from '../parameters.ts'

/**
 * What the ranks of one training run share: parameters, Adam's moments, every rank's gradients and losses,
 * and the words they meet on. All of it is shared memory, so that no number is ever sent.
 */
export interface SharedState {
  readonly ranks: number
  readonly values: Float32Array
  readonly firstMoments: Float32Array
  readonly secondMoments: Float32Array
  /** One flat vector per rank; where a parameter is a running statistic, the batch's statistic. */
  readonly gradients: readonly Float32Array[]
  /** One number per rank. */
  readonly losses: Float64Array
  /** Indexed by {@link word}. */
  readonly control: Int32Array
}

const word = { arrived: 0, generation: 1, stopWanted: 2, stopDecided: 3 } as const

/** Longest sleep of a waiting rank; a terminated thread is only noticed between sleeps. */
const pollMs = 200

/** Zeros in memory that threads share. */
export const sharedFloats = (length: number) => new Float32Array(new SharedArrayBuffer(4 * length))

export const createSharedState = (
  parameters: readonly PlacedParameter[],
  ranks: number,
  seed: number,
): SharedState => {
  const last = parameters.at(-1)!
  const length = last.offset + last.size
  const values = sharedFloats(length)
  initialise(values, parameters, seed)
  return {
    ranks,
    values,
    firstMoments: sharedFloats(length),
    secondMoments: sharedFloats(length),
    gradients: Array.from({ length: ranks }, () => sharedFloats(length)),
    losses: new Float64Array(new SharedArrayBuffer(8 * ranks)),
    control: new Int32Array(new SharedArrayBuffer(4 * Object.keys(word).length)),
  }
}

/** Asks the ranks to finish; any thread may. */
export const requestStop = ({ control }: SharedState): void => {
  Atomics.store(control, word.stopWanted, 1)
}

/** Rank 0 alone, before a meeting: turns a wish that may come at any moment into a decision all ranks see at once. */
export const decideStop = ({ control }: SharedState, due: boolean): void => {
  const wanted = due || Atomics.load(control, word.stopWanted) === 1
  Atomics.store(control, word.stopDecided, wanted ? 1 : 0)
}

/** What rank 0 decided before the last meeting. Call between two meetings. */
export const stopDecided = ({ control }: SharedState): boolean =>
  Atomics.load(control, word.stopDecided) === 1

/** Blocks the calling rank until all ranks have arrived. What each wrote before is then visible to all. */
export const meet = ({ control, ranks }: SharedState): void => {
  const generation = Atomics.load(control, word.generation)
  if (Atomics.add(control, word.arrived, 1) === ranks - 1) {
    Atomics.store(control, word.arrived, 0)
    Atomics.add(control, word.generation, 1)
    Atomics.notify(control, word.generation)
    return
  }
  while (Atomics.load(control, word.generation) === generation) {
    Atomics.wait(control, word.generation, generation, pollMs)
  }
}

/** Sum of what the ranks wrote, the same in every rank. Call between two meetings. */
export const totalLoss = ({ losses }: SharedState): number =>
  losses.reduce((sum, loss) => sum + loss, 0)

/** The part of the flat vector that a rank updates on behalf of all. */
export const shareOf = (length: number, rank: number, ranks: number): [number, number] => [
  Math.floor((length * rank) / ranks),
  Math.floor((length * (rank + 1)) / ranks),
]
