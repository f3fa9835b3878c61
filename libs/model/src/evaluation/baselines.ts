import { columnsOf } from '../crops.ts'
import { cropSize } from '../architectures/architecture.ts'
import { fitWhitening, whiten } from '../finishing.ts'
import { createRandom } from '../random.ts'

/** Ways to vectors that learn nothing, or next to nothing, and that a model has to beat. */
export const baselines: Readonly<
  Record<string, (images: readonly Uint8Array[]) => Float32Array[]>
> = {
  random: (images) => {
    const random = createRandom(1)
    return images.map(() => Float32Array.from({ length: 256 }, () => random.normal()))
  },
  bands: (images) => standardise(images.map(bandStatistics)),
  'bands-whitened': (images) => whitenAll(images.map(bandStatistics)),
  mfcc: (images) => standardise(images.map(mfccStatistics)),
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

const standardise = (rows: readonly Float32Array[]): Float32Array[] => {
  const scaled = rows.map((row) => row.slice())
  for (let column = 0; column < rows[0]!.length; column++) {
    const mean = rows.reduce((sum, row) => sum + row[column]!, 0) / rows.length
    const variance = rows.reduce((sum, row) => sum + (row[column]! - mean) ** 2, 0) / rows.length
    for (const row of scaled) {
      row[column] = variance > 0 ? (row[column]! - mean) / Math.sqrt(variance) : 0
    }
  }
  return scaled
}

const whitenAll = (rows: readonly Float32Array[]): Float32Array[] => {
  const whitening = fitWhitening(rows, rows[0]!.length)
  return rows.map((row) => whiten(whitening, row))
}
