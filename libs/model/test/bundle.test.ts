import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { bundleFiles, readBundle, trainModel } from '../src/index.ts'
import { libraryOf, makeImages } from './sounds.ts'

let files: Record<string, Uint8Array>

beforeAll(async () => {
  const bundle = await trainModel({
    images: libraryOf(makeImages(2, 2), 2),
    preset: { name: 'seed-v1', fingerprint: 'aaaaaaaaaaaa' },
    seed: 1,
    budgetSeconds: 600,
    batchSize: 4,
    maxSteps: 1,
    threads: 1,
  })
  files = bundleFiles(bundle)
})

const read =
  (changed: Record<string, Uint8Array | null>, fingerprint = 'aaaaaaaaaaaa') =>
  () =>
    readBundle({ ...files, ...changed }, fingerprint)

const edited = (edit: (manifest: Record<string, unknown>) => void): Uint8Array => {
  const manifest = JSON.parse(new TextDecoder().decode(files['manifest.json'])) as Record<
    string,
    unknown
  >
  edit(manifest)
  return new TextEncoder().encode(JSON.stringify(manifest))
}

test('a bundle says which code made it', () => {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  const { version } = JSON.parse(text) as { version: string }
  expect(readBundle(files, 'aaaaaaaaaaaa').manifest.codeVersion).toBe(version)
})

describe('opening a bundle', () => {
  test('made for other mel images names both', () => {
    expect(read({}, 'bbbbbbbbbbbb')).toThrow(
      expect.objectContaining({
        code: 'preset-mismatch',
        message: expect.stringMatching(/aaaaaaaaaaaa.*bbbbbbbbbbbb/),
      }),
    )
  })

  const damages: [string, () => Record<string, Uint8Array | null>][] = [
    ['no manifest', () => ({ 'manifest.json': null })],
    ['no weights', () => ({ 'weights.bin': null })],
    ['a manifest that is not JSON', () => ({ 'manifest.json': new Uint8Array([1, 2, 3]) })],
    ['weights cut short', () => ({ 'weights.bin': files['weights.bin']!.subarray(0, 1_000) })],
    [
      'one flipped bit',
      () => {
        const weights = files['weights.bin']!.slice()
        weights[12_345]! ^= 1
        return { 'weights.bin': weights }
      },
    ],
    [
      'an unknown architecture',
      () => ({ 'manifest.json': edited((manifest) => (manifest['architecture'] = 'three-axis')) }),
    ],
    [
      'tensors of another shape',
      () => ({ 'manifest.json': edited((manifest) => (manifest['weights'] = [])) }),
    ],
  ]

  test.each(damages)('with %s is a bad model', (_, damage) => {
    expect(read(damage())).toThrow(expect.objectContaining({ code: 'bad-model' }))
  })
})
