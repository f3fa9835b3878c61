/**
 * Finds the rows of a matrix with the greatest dot products with a query.
 *
 * @param matrix - rows of `query.length` numbers; begins where its buffer begins
 * @param query - begins where its buffer begins
 * @param count - how many rows to find, at most as many as there are
 * @returns row numbers, in no particular order; near ties at the end may be cut by rounding
 */
export type Kernel = (matrix: Float32Array, query: Float32Array, count: number) => number[]

/**
 * The native kernel of usearch (SIMD, exact: every row is compared), or null where its add-on does not load.
 * One thread: on 32,768 rows two gain nothing over it. It reads a typed array from the start of its
 * buffer, whatever its offset.
 */
export const nativeKernel = async (): Promise<Kernel | null> => {
  try {
    const { exactSearch, MetricKind } = await import('usearch')
    return (matrix, query, count) => {
      const { keys } = exactSearch(matrix, query, query.length, count, MetricKind.IP, 1)
      return Array.from(keys, Number)
    }
  } catch {
    return null
  }
}

/** The same in plain JavaScript, about four times slower. */
export const plainKernel: Kernel = (matrix, query, count) => {
  const size = query.length
  const products = new Float32Array(matrix.length / size)
  for (let row = 0, start = 0; row < products.length; row += 1, start += size) {
    let sum = 0
    for (let index = 0; index < size; index += 1) {
      sum += (matrix[start + index] ?? 0) * (query[index] ?? 0)
    }
    products[row] = sum
  }
  const least = products.toSorted()[products.length - count] ?? -Infinity
  const above: number[] = []
  const level: number[] = []
  products.forEach((product, row) => {
    if (product > least) above.push(row)
    else if (product === least) level.push(row)
  })
  return [...above, ...level.slice(0, count - above.length)]
}
