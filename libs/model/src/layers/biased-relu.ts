import * as tf from '@tensorflow/tfjs'
import { runsKernels } from '../kernels/compiled.ts'
import { runBiasedRelu } from '../kernels/normalise.ts'

/** What follows a convolution: max(x + bias, 0), with a bias for each number of the last axis. */
export const biasedRelu = <Rank extends tf.Rank>(
  x: tf.Tensor<Rank>,
  bias: tf.Tensor,
): tf.Tensor<Rank> => (runsKernels() ? runBiasedRelu(x, bias) : tf.relu(tf.add(x, bias)))
