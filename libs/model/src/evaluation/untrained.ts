import { architectureNamed } from '../architectures/index.ts'
import { createBundle } from '../bundle.ts'
import { openEncoder } from '../encoder.ts'
import { identityFinishing } from '../finishing.ts'
import { initialise, placeParameters } from '../parameters.ts'
import type { Embedder } from './embedder.ts'

/** An encoder as it is before it has seen anything: what an architecture is worth without learning. */
export const openUntrained = async (name: string, seed: number): Promise<Embedder> => {
  const architecture = architectureNamed(name)
  const parameters = placeParameters(architecture.parameters)
  const values = new Float32Array(parameters.reduce((sum, { size }) => sum + size, 0))
  initialise(values, parameters, seed)
  const encoder = await openEncoder(
    createBundle({
      architecture,
      values,
      finishing: identityFinishing(architecture.rawAxisSize),
      preset: { name: '', fingerprint: '' },
      seed,
      backend: 'wasm',
      epochs: [],
      loss: Number.NaN,
      trainingSet: { tracks: 0, validationTracks: 0, licences: {} },
    }),
  )
  return { embed: encoder.encode, close: encoder.close }
}
