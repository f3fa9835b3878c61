import * as tf from '@tensorflow/tfjs'
import type { Architecture } from '../src/architectures/architecture.ts'
import { conv2d } from '../src/architectures/conv2d.ts'
import { soundalike1 } from '../src/architectures/soundalike-1.ts'
import { twoAxis } from '../src/architectures/two-axis.ts'
import { ntXent } from '../src/losses/nt-xent.ts'
import { initialise, placeParameters, toTensors } from '../src/parameters.ts'
import { createRandom } from '../src/random.ts'
import { computeGradient } from '../src/training/gradient.ts'

/** One thing that is done with crops. */
export interface Step {
  readonly name: string
  readonly batch: number
  readonly msPerCrop: number
  /** Multiplications in matrix products, per crop. */
  readonly megaMacPerCrop: number
}

const RUNS = 5

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN

const msOf = (work: () => void, runs = RUNS): number => {
  work()
  return median(
    Array.from({ length: runs }, () => {
      const started = performance.now()
      work()
      return performance.now() - started
    }),
  )
}

/** Billions of multiplications per second in the product of two matrices of 1,024 × 1,024. */
export const measureProduct = (runs = RUNS): number => {
  const size = 1_024
  const [a, b] = [tf.randomNormal([size, size]), tf.randomNormal([size, size])]
  const ms = msOf(() => tf.tidy(() => void tf.matMul(a, b).dataSync()), runs)
  tf.dispose([a, b])
  return size ** 3 / (ms * 1e6)
}

/** The published encoder as it learns to recognise: no decoder, both halves together. */
const contrastive: Architecture = {
  ...twoAxis,
  parameters: twoAxis.parameters.filter(({ name }) => name.startsWith('encoder/')),
  viewsPerTrack: 2,
  loss: (crops, weights, observe) => ntXent(twoAxis.encode(crops, weights, observe), 0.1),
}

export const measureSteps = (): Step[] => [
  encoding(twoAxis, 64),
  encoding(soundalike1, 64),
  learning(contrastive, 64, 'two-axis encoder, contrastive step'),
  learning(twoAxis, 4, 'two-axis autoencoder, step'),
  learning(conv2d, 4, 'conv2d autoencoder, step'),
  learning(soundalike1, 32, 'soundalike-1, step'),
]

const start = (architecture: Architecture, batch: number) => {
  const placed = placeParameters(architecture.parameters)
  const values = new Float32Array(placed.reduce((sum, { size }) => sum + size, 0))
  initialise(values, placed, 1)
  const random = createRandom(1)
  const pixels = Float32Array.from({ length: batch * 128 * 128 }, () => random.uniform())
  const crops = tf.tensor3d(pixels, [batch, 128, 128])
  return { placed, gradient: values.slice(), weights: toTensors(values, placed), crops }
}

const encoding = (architecture: Architecture, batch: number): Step => {
  const { weights, crops } = start(architecture, batch)
  const step = timed(`${architecture.name} encode`, batch, () => {
    tf.tidy(() => void architecture.encode(crops, weights).dataSync())
  })
  tf.dispose([crops, ...Object.values(weights)])
  return step
}

const learning = (architecture: Architecture, batch: number, name: string): Step => {
  const { placed, gradient, weights, crops } = start(architecture, batch)
  const step = timed(name, batch, () => {
    computeGradient(architecture, placed, weights, crops, gradient)
  })
  tf.dispose([crops, ...Object.values(weights)])
  return step
}

const timed = (name: string, batch: number, work: () => void): Step => ({
  name,
  batch,
  msPerCrop: msOf(work) / batch,
  megaMacPerCrop: countMacs(work) / batch / 1e6,
})

/** Multiplications in all matrix products of some work, by the sizes of what goes in and comes out. */
const countMacs = (work: () => void): number => {
  const engine = tf.engine()
  let macs = 0
  const runKernel = engine.runKernel.bind(engine)
  engine.runKernel = ((name: string, inputs: Record<string, tf.Tensor>, attributes: object) => {
    const output = runKernel(name, inputs, attributes as tf.NamedAttrMap)
    if (name === 'BatchMatMul') {
      const [a, b] = [inputs['a']!, inputs['b']!]
      // For m × k times k × n, the three sizes multiply to the square of m · k · n.
      macs += Math.sqrt(a.size * b.size * (output as unknown as tf.Tensor).size)
    }
    return output
  }) as typeof engine.runKernel
  try {
    work()
  } finally {
    engine.runKernel = runKernel
  }
  return macs
}
