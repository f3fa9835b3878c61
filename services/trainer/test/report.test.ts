import { describe, expect, it } from '@jest/globals'
import { create } from '@bufbuild/protobuf'
import { ModelManifestSchema } from '@soundalike/contracts'
import { decode } from 'fast-png'
import { reportFiles } from '../src/report.ts'

const manifest = create(ModelManifestSchema, {
  id: 'two-axis-0',
  epochs: [4, 3, 2.5].map((loss, index) => ({ epoch: index + 1, loss, validationLoss: loss + 1 })),
})
const flat = (level: number): Uint8Array => new Uint8Array(128 * 128).fill(level)
const reconstructions = [
  { crop: flat(0), drawn: flat(255), error: 1 },
  { crop: flat(128), drawn: flat(128), error: 0 },
]
const files = reportFiles({ manifest, weights: new Float32Array(), reconstructions })

const pixelOf = (file: string) => {
  const { data, width, height } = decode(files[file]!)
  return {
    width,
    height,
    at: (x: number, y: number) => [...data.subarray(3 * (y * width + x)).subarray(0, 3)],
  }
}

describe('the report of a training', () => {
  it('has the losses of every epoch as numbers', () => {
    const report = JSON.parse(Buffer.from(files['training.json']!).toString()) as object
    expect(report).toMatchObject({
      epochs: [{ epoch: 1, loss: 4, validationLoss: 5 }, { epoch: 2 }, { epoch: 3, loss: 2.5 }],
      reconstructionErrors: [1, 0],
    })
  })

  it('draws both curves, which fall from left to right', () => {
    const { width, height, at } = pixelOf('curve.png')
    for (const colour of ['186,54,85', '249,201,50']) {
      const columns = Array.from({ length: width }, (_, x) =>
        Array.from({ length: height }, (_row, y) => y).find((y) => String(at(x, y)) === colour),
      )
      const tops = columns.filter((top) => top !== undefined)
      expect(tops.length).toBeGreaterThan(width / 2)
      expect(tops[0]).toBeLessThan(tops.at(-1)!)
    }
  })

  it('draws each crop above what the decoder made of it', () => {
    const { width, height, at } = pixelOf('reconstructions.png')
    expect([width, height]).toEqual([2 * 132 + 4, 2 * 132 + 4])
    expect(at(60, 60)).not.toEqual(at(60, 200))
    expect(at(200, 60)).toEqual(at(200, 200))
  })

  it('can be drawn of a single epoch', () => {
    const one = create(ModelManifestSchema, { epochs: [{ epoch: 1, loss: 1, validationLoss: 1 }] })
    const single = reportFiles({ manifest: one, weights: new Float32Array(), reconstructions })
    expect(decode(single['curve.png']!).width).toBeGreaterThan(0)
  })
})
