import * as tf from '@tensorflow/tfjs'
import { axisSize, cropSize } from '../architectures/architecture.ts'
import { architectureNamed } from '../architectures/index.ts'
import type { ModelBundle } from '../bundle.ts'
import type { AxisFinishing } from '../finishing.ts'
import { finishingFromTensors } from '../finishing.ts'
import { placeParameters, toTensors } from '../parameters.ts'
import type { Graph } from './trace.ts'
import { inputName, traceGraph, tracedBatch } from './trace.ts'

const outputName = 'vectors'
const weightsFile = 'weights.bin'

/**
 * A bundle's encoder, finishing step included, as a graph model of TensorFlow.js, which `tf.loadGraphModel` opens
 * without any code of this project. Input `crops`: any number of crops of 128 bands, lowest first, by 128 columns, 0…1.
 * Output `vectors`: 256 numbers each. The vector of a track is the mean over evenly spaced crops of it.
 *
 * @returns files by name; `model.json` is the one to open
 */
export const graphModelFiles = async (bundle: ModelBundle): Promise<Record<string, Uint8Array>> => {
  // Else TensorFlow.js prints advice on standard error, which is for whoever writes a program with it.
  tf.env().set('PROD', true)
  // The one backend on which every operation of an architecture is one of TensorFlow's.
  await tf.setBackend('cpu')
  return tf.tidy(() => {
    const graph = traceEncoder(bundle)
    const files = filesOf(graph, bundle)
    tf.dispose([...graph.constants.values()])
    return files
  })
}

const traceEncoder = ({ manifest, weights }: ModelBundle): Graph => {
  const architecture = architectureNamed(manifest.architecture)
  const placed = placeParameters(architecture.parameters)
  const last = placed.at(-1)!
  const { rawAxisSize } = architecture
  const { time, frequency } = finishingFromTensors(
    weights.subarray(last.offset + last.size),
    rawAxisSize,
  )
  const tensors = toTensors(
    weights,
    placed.filter(({ name }) => name.startsWith('encoder/')),
  )
  const crops = tf.zeros<tf.Rank.R3>([tracedBatch, cropSize, cropSize])
  return traceGraph(crops, outputName, () => {
    const raw = architecture.encode(crops, tensors)
    const half = (from: number, finishing: AxisFinishing): tf.Tensor2D =>
      applyFinishing(tf.slice(raw, [0, from], [tracedBatch, rawAxisSize]), finishing)
    return tf.concat([half(0, time), half(rawAxisSize, frequency)], 1)
  })
}

const applyFinishing = (rows: tf.Tensor2D, { mean, projection }: AxisFinishing): tf.Tensor2D => {
  const matrix = tf.tensor2d(projection, [mean.length, projection.length / mean.length])
  return tf.matMul(tf.sub(rows, tf.tensor1d(mean)), matrix)
}

const filesOf = (
  { nodes, constants }: Graph,
  { manifest }: ModelBundle,
): Record<string, Uint8Array> => {
  const tensors = [...constants]
  const signed = (name: string, sides: readonly number[]) => ({
    name: `${name}:0`,
    dtype: 'DT_FLOAT',
    tensorShape: { dim: sides.map((size) => ({ size: String(size) })) },
  })
  const model = {
    format: 'graph-model',
    generatedBy: manifest.id,
    convertedBy: null,
    modelTopology: { node: nodes, library: {}, versions: { producer: 1_087 } },
    signature: {
      inputs: { [inputName]: signed(inputName, [-1, cropSize, cropSize]) },
      outputs: { [outputName]: signed(outputName, [-1, 2 * axisSize]) },
    },
    userDefinedMetadata: {
      model: manifest.id,
      preset: manifest.preset,
      fingerprint: manifest.fingerprint,
      cropsPerTrack: manifest.cropsPerTrack,
    },
    weightsManifest: [
      {
        paths: [weightsFile],
        weights: tensors.map(([name, { shape, dtype }]) => ({ name, shape, dtype })),
      },
    ],
  }
  return {
    'model.json': Buffer.from(JSON.stringify(model)),
    [weightsFile]: Buffer.concat(tensors.map(([, tensor]) => bytesOf(tensor))),
  }
}

const bytesOf = (tensor: tf.Tensor): Uint8Array => {
  const { buffer, byteOffset, byteLength } = tensor.dataSync<'float32'>()
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength)
}
