import * as tf from '@tensorflow/tfjs'
import type { Architecture } from '../architectures/architecture.ts'
import type { PlacedParameter } from '../parameters.ts'
import { isLearned } from '../parameters.ts'

/**
 * Loss of a batch and its gradient.
 *
 * @param weights - every parameter of the architecture
 * @param gradient - flat vector to write into; running statistics receive the batch's own
 * @returns the loss
 */
export const computeGradient = (
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
      gradient.set(result.grads[position]!.dataSync<'float32'>(), offset)
    })
    for (const { name, offset } of parameters) {
      const statistic = statistics.get(name)
      if (statistic !== undefined) gradient.set(statistic.dataSync<'float32'>(), offset)
    }
    tf.dispose([...statistics.values()])
    return result.value.dataSync<'float32'>()[0]!
  })
