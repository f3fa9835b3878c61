import * as tf from '@tensorflow/tfjs'
import type { Architecture } from '../architectures/architecture.ts'
import { copyNumbers } from '../kernels/compiled.ts'
import type { PlacedParameter } from '../parameters.ts'
import { isLearned } from '../parameters.ts'

/**
 * Crops whose loss is computed at once where each has a loss of its own: the published model's batch, and 1.7 GB of the
 * 4 GB that WebAssembly can reach.
 */
const cropsAtOnce = 32

/**
 * Loss of a batch and its gradient. A large batch of crops that are not compared with each other is done in parts,
 * each normalised by itself, as the parts of several ranks are.
 *
 * @param weights - every parameter of the architecture
 * @param gradient - flat vector to write into; running statistics receive the batch's own
 * @param atOnce - crops of one part
 * @returns the loss
 */
export const computeGradient = (
  architecture: Architecture,
  parameters: readonly PlacedParameter[],
  weights: Record<string, tf.Tensor>,
  crops: tf.Tensor3D,
  gradient: Float32Array,
  atOnce = cropsAtOnce,
): number => {
  const [batch, ...sides] = crops.shape
  if (batch <= atOnce || architecture.viewsPerTrack > 1) {
    return gradientAtOnce(architecture, parameters, weights, crops, gradient)
  }
  const own = new Float32Array(gradient.length)
  let loss = 0
  gradient.fill(0)
  for (let first = 0; first < batch; first += atOnce) {
    const count = Math.min(atOnce, batch - first)
    const share = count / batch
    const part = tf.slice(crops, [first, 0, 0], [count, ...sides])
    loss += share * gradientAtOnce(architecture, parameters, weights, part, own)
    part.dispose()
    for (let at = 0; at < own.length; at++) gradient[at]! += share * own[at]!
  }
  return loss
}

const gradientAtOnce = (
  architecture: Architecture,
  parameters: readonly PlacedParameter[],
  weights: Record<string, tf.Tensor>,
  crops: tf.Tensor3D,
  gradient: Float32Array,
): number =>
  tf.tidy(() => {
    const learned = parameters.filter(isLearned)
    const statistics = new Map<string, tf.Tensor1D>()
    const loss = (...tensors: tf.Tensor[]) => {
      const current = { ...weights }
      learned.forEach(({ name }, position) => (current[name] = tensors[position]!))
      return architecture.loss(crops, current, (name, statistic) => {
        statistics.set(name, tf.keep(statistic))
      })
    }
    const result = tf.valueAndGrads(loss)(learned.map(({ name }) => weights[name]!))
    learned.forEach(({ offset }, position) => {
      copyNumbers(result.grads[position]!, gradient, offset)
    })
    for (const { name, offset } of parameters) {
      const statistic = statistics.get(name)
      if (statistic !== undefined) copyNumbers(statistic, gradient, offset)
    }
    tf.dispose([...statistics.values()])
    return result.value.dataSync<'float32'>()[0]!
  })
