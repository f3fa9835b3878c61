import * as tf from '@tensorflow/tfjs'
import { runsKernels } from './kernels/compiled.ts'
import { createRandom } from './random.ts'

/** One tensor of a model. */
export interface ParameterSpec {
  /** Path in the model; what starts with `encoder/` is needed to make vectors. */
  readonly name: string
  readonly shape: readonly number[]
  /**
   * - `weights`: learned, starts Glorot-uniform over its fans
   * - `zeros`, `ones`: learned, starts constant
   * - `running-mean`, `running-variance`: followed, not learned; starts at 0 and 1
   */
  readonly kind: 'weights' | 'zeros' | 'ones' | 'running-mean' | 'running-variance'
}

/** Tensors of a model by name. */
export type Weights = Readonly<Record<string, tf.Tensor>>

/** A parameter and its place in the flat vector of all of them. */
export interface PlacedParameter extends ParameterSpec {
  readonly offset: number
  readonly size: number
}

export const sizeOf = (shape: readonly number[]): number =>
  shape.reduce((product, side) => product * side, 1)

export const isLearned = ({ kind }: ParameterSpec): boolean =>
  kind !== 'running-mean' && kind !== 'running-variance'

/** Lays parameters out one after the other, in the order given. */
export const placeParameters = (parameters: readonly ParameterSpec[]): PlacedParameter[] => {
  let offset = 0
  return parameters.map((parameter) => {
    const size = sizeOf(parameter.shape)
    const placed = { ...parameter, offset, size }
    offset += size
    return placed
  })
}

/** Writes the starting values of every parameter into the flat vector. */
export const initialise = (
  values: Float32Array,
  parameters: readonly PlacedParameter[],
  seed: number,
): void => {
  const random = createRandom(seed)
  for (const { kind, shape, offset, size } of parameters) {
    const own = values.subarray(offset, offset + size)
    if (kind === 'weights') {
      const limit = glorotLimit(shape)
      for (let i = 0; i < size; i++) own[i] = (2 * random.uniform() - 1) * limit
    } else {
      own.fill(kind === 'ones' || kind === 'running-variance' ? 1 : 0)
    }
  }
}

/** Glorot and Bengio 2010, eq. 16. The last two sides are channels in and out, those before them the kernel. */
const glorotLimit = (shape: readonly number[]): number => {
  const [inputs = 1, outputs = 1] = shape.slice(-2)
  return Math.sqrt(6 / (sizeOf(shape.slice(0, -2)) * (inputs + outputs)))
}

/**
 * Tensors over a copy of the flat vector. The caller disposes of them.
 * The WebAssembly backend copies by itself; others may hold on to what they are given.
 */
export const toTensors = (
  values: Float32Array,
  parameters: readonly PlacedParameter[],
): Record<string, tf.Tensor> => {
  const copy = runsKernels() ? values : values.slice()
  return Object.fromEntries(
    parameters.map(({ name, shape, offset, size }) => [
      name,
      tf.tensor(copy.subarray(offset, offset + size), [...shape], 'float32'),
    ]),
  )
}

/**
 * A parameter by name, of the rank that whoever asks knows it to have.
 *
 * @throws RangeError when the model has none of that name
 */
export const weight = <Rank extends tf.Rank>(weights: Weights, name: string): tf.Tensor<Rank> => {
  const tensor = weights[name]
  if (tensor === undefined) throw new RangeError(`no parameter ${name}`)
  return tensor as tf.Tensor<Rank>
}
