import { expect, jest, test } from '@jest/globals'
import * as tf from '@tensorflow/tfjs'
import { cutCrops, evenStarts } from '../src/crops.ts'
import { graphModelFiles, openEncoder, trainModel } from '../src/index.ts'
import { libraryOf, makeImages } from './sounds.ts'

jest.setTimeout(120_000)

const images = makeImages(4, 2)

test.each(['soundalike-1', 'two-axis-light'])(
  'the encoder of %s gives the same vectors to whoever opens it with TensorFlow.js alone',
  async (architecture) => {
    const bundle = await trainModel({
      images: libraryOf(images, 2),
      preset: { name: 'seed-v1', fingerprint: '0123456789ab' },
      architecture,
      seed: 3,
      budgetSeconds: 600,
      batchSize: 4,
      maxSteps: 1,
    })
    const encoder = await openEncoder(bundle, { threads: 1 })
    const expected = await encoder.encode(images.slice(0, 1))
    await encoder.close()

    const files = await graphModelFiles(bundle)
    const json = JSON.parse(Buffer.from(files['model.json']!).toString()) as tf.io.ModelJSON
    const weightSpecs = json.weightsManifest.flatMap(({ weights }) => weights)
    const weightData = Uint8Array.from(files['weights.bin']!).buffer
    const model = await tf.loadGraphModel(tf.io.fromMemory({ ...json, weightSpecs, weightData }))
    for (const [index, image] of images.slice(0, 1).entries()) {
      const starts = evenStarts(image.length / 128, bundle.manifest.cropsPerTrack)
      const crops = tf.tensor3d(cutCrops(starts.map((start) => ({ image, start }))), [8, 128, 128])
      const vectors = model.predict({ crops }) as tf.Tensor2D
      const vector = await tf.mean(vectors, 0).data()
      const largest = Math.max(...expected[index]!.map(Math.abs))
      vector.forEach((value, place) => {
        expect(value / largest).toBeCloseTo(expected[index]![place]! / largest, 3)
      })
    }
  },
)
