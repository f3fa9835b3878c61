import { cropSize } from './architectures/architecture.ts'

const cropArea = cropSize * cropSize

/**
 * Columns of a mel image of 128 bands.
 *
 * @throws RangeError when the bytes are not whole columns, or fewer of them than a crop has
 */
export const columnsOf = (image: Uint8Array): number => {
  const columns = image.length / cropSize
  if (!Number.isInteger(columns) || columns < cropSize) {
    throw new RangeError(
      `a mel image of ${image.length} bytes is not ${cropSize} bands of at least ${cropSize} columns`,
    )
  }
  return columns
}

/** Column at which each of `count` evenly spaced crops starts, from the first to the last that fits. */
export const evenStarts = (columns: number, count: number): number[] => {
  const last = columns - cropSize
  if (count === 1) return [Math.floor(last / 2)]
  return Array.from({ length: count }, (_, crop) => Math.round((crop * last) / (count - 1)))
}

/**
 * Cuts crops into one array, ready to become a tensor of batch × bands × columns.
 *
 * @param cuts - image and the column its crop starts at, one entry per crop
 * @returns values in 0…1
 */
export const cutCrops = (
  cuts: readonly { readonly image: Uint8Array; readonly start: number }[],
): Float32Array => {
  const values = new Float32Array(cuts.length * cropArea)
  cuts.forEach(({ image, start }, crop) => {
    const columns = columnsOf(image)
    for (let band = 0; band < cropSize; band++) {
      const from = band * columns + start
      const to = crop * cropArea + band * cropSize
      for (let column = 0; column < cropSize; column++) {
        values[to + column] = image[from + column]! / 255
      }
    }
  })
  return values
}
