import { describe, expect, it } from '@jest/globals'
import { layOut, type Position } from '../src/layout.ts'

/** Three clusters of vectors around three axes. */
const clusters = (perCluster: number): Float32Array[] =>
  Array.from({ length: 3 * perCluster }, (_, index) =>
    Float32Array.from({ length: 16 }, (_value, axis) =>
      axis === index % 3 ? 1 : 0.1 * Math.sin(index * 7.3 + axis * 3.1),
    ),
  )

const distance = ([ax, ay]: Position, [bx, by]: Position): number => Math.hypot(ax - bx, ay - by)

describe('layOut', () => {
  it('keeps what is alike together, inside the square, the same way every time', async () => {
    const vectors = clusters(12)
    const signal = new AbortController().signal
    const positions = await layOut(vectors, signal)
    expect(positions).toHaveLength(vectors.length)
    for (const coordinate of positions.flat()) expect(Math.abs(coordinate)).toBeLessThanOrEqual(1)

    const mean = (sameCluster: boolean): number => {
      const distances = positions.flatMap((a, i) =>
        positions.flatMap((b, j) =>
          i < j && (i % 3 === j % 3) === sameCluster ? [distance(a, b)] : [],
        ),
      )
      return distances.reduce((sum, value) => sum + value, 0) / distances.length
    }
    expect(mean(true)).toBeLessThan(mean(false) / 2)
    expect(await layOut(vectors, signal)).toEqual(positions)
  })

  it('ends its thread when it is told to stop', async () => {
    const controller = new AbortController()
    const laidOut = layOut(clusters(200), controller.signal)
    controller.abort()
    await expect(laidOut).rejects.toThrow('the layout thread ended')
  })
})
