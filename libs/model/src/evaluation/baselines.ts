import { columnsOf } from '../crops.ts'
import { cropSize } from '../architectures/architecture.ts'
import { openUntrained } from './untrained.ts'
import { createRandom } from '../random.ts'
import type { Embedder } from './embedder.ts'
import { fitStandard, fitWhitened, type Rescale } from './rescale.ts'
import { fitPrincipalComponents } from './principal-components.ts'

/** How a baseline describes images by numbers, and how those are rescaled to the library they are compared in. */
interface Baseline {
  /** @param gallery - mel images of the library */
  open(gallery: readonly Uint8Array[]): Promise<Embedder> | Embedder
  rescale: (rows: readonly Float32Array[]) => Rescale
}

const asIs: Baseline['rescale'] = () => (row) => row

const described =
  (describe: (image: Uint8Array) => Float32Array): Baseline['open'] =>
  () => ({
    embed: async (images) => images.map(describe),
    close: async () => undefined,
  })

/** Ways to vectors that learn nothing, or next to nothing, and that a model has to beat. */
const baselines: Readonly<Record<string, Baseline>> = {
  random: {
    open: () => {
      const random = createRandom(1)
      return described(() => Float32Array.from({ length: 256 }, () => random.normal()))([])
    },
    rescale: asIs,
  },
  bands: { open: described((image) => bandStatistics(image)), rescale: fitStandard },
  'bands-whitened': { open: described((image) => bandStatistics(image)), rescale: fitWhitened },
  mfcc: { open: described((image) => mfccStatistics(image)), rescale: fitStandard },
  'pca-256': { open: fitPrincipalComponents, rescale: fitStandard },
  untrained: { open: () => openUntrained('two-axis', 1), rescale: fitStandard },
}

export const baselineNames: readonly string[] = Object.keys(baselines)

/**
 * Opens a baseline, fitted to the library its vectors will be compared in.
 *
 * @param gallery - mel images of that library
 * @throws RangeError when there is none of that name
 */
export const openBaseline = async (
  name: string,
  gallery: readonly Uint8Array[],
): Promise<Embedder> => {
  const baseline = baselines[name]
  if (baseline === undefined) throw new RangeError(`no baseline ${name}`)
  const { embed, close } = await baseline.open(gallery)
  const rescale = baseline.rescale(await embed(gallery))
  return { embed: async (images) => (await embed(images)).map(rescale), close }
}

/** Cepstral coefficients of the MFCC baseline. */
const coefficients = 20

/** Mean of every band, then its deviation over time. */
const bandStatistics = (image: Uint8Array): Float32Array => {
  const columns = columnsOf(image)
  const statistics = new Float32Array(2 * cropSize)
  for (let band = 0; band < cropSize; band++) {
    const values = image.subarray(band * columns, (band + 1) * columns)
    const mean = values.reduce((sum, value) => sum + value, 0) / columns
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / columns
    statistics[band] = mean / 255
    statistics[cropSize + band] = Math.sqrt(variance) / 255
  }
  return statistics
}

/** Mean of the MFCC, then the upper triangle of their covariance. The image's decibels are what MFCC transform. */
const mfccStatistics = (image: Uint8Array): Float32Array => {
  const columns = columnsOf(image)
  const frames = Array.from({ length: columns }, (_, column) => mfcc(image, column, columns))
  const means = Array.from({ length: coefficients }, (_, own) => {
    return frames.reduce((sum, frame) => sum + frame[own]!, 0) / columns
  })
  const covariances = []
  for (let a = 0; a < coefficients; a++) {
    for (let b = a; b < coefficients; b++) {
      const products = frames.map((frame) => (frame[a]! - means[a]!) * (frame[b]! - means[b]!))
      covariances.push(products.reduce((sum, product) => sum + product, 0) / columns)
    }
  }
  return Float32Array.from([...means, ...covariances])
}

/** Orthonormal DCT-II of one column. */
const mfcc = (image: Uint8Array, column: number, columns: number): number[] =>
  cosines.map((row, own) => {
    const sum = row.reduce((total, cosine, band) => {
      return total + cosine * (image[band * columns + column]! / 255)
    }, 0)
    return sum * Math.sqrt((own === 0 ? 1 : 2) / cropSize)
  })

const cosines = Array.from({ length: coefficients }, (_, own) =>
  Array.from({ length: cropSize }, (_unused, band) =>
    Math.cos((Math.PI * own * (band + 0.5)) / cropSize),
  ),
)
