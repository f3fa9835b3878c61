import { create } from '@bufbuild/protobuf'
import { expect, it } from '@jest/globals'
import { ModelManifestSchema } from '@soundalike/contracts'
import { createLog, createMetrics, readConfig } from '@soundalike/runtime'
import { tmpdir } from 'node:os'
import { createFigure } from '../src/figure.ts'
import { registerStoreMetrics } from '../src/store-metrics.ts'

const never = (): Promise<never> => new Promise(() => undefined)
const model = {
  manifest: create(ModelManifestSchema, { id: 'm1' }),
  status: 'live',
  addedAt: new Date(0),
} as const

const contextOf = () => ({
  config: readConfig({ DATA_DIR: tmpdir() }, {}),
  log: createLog('test', { LOG_LEVEL: 'silent' }),
  metrics: createMetrics('test'),
})

it('leaves out what a store that never answers could tell, and tells the rest', async () => {
  const context = contextOf()
  const catalog = {
    liveModel: never,
    models: () => Promise.resolve([model]),
    stageCounts: () => Promise.resolve({ done: 4, failed: 0, skipped: 0, seconds: 0 }),
    countPermanentFailures: () => Promise.resolve(0),
  }
  registerStoreMetrics(context, catalog, { count: never }, 500)
  const told = await context.metrics.metrics()
  expect(told).toMatch(/^soundalike_data_bytes\{kind="free".*\} [1-9]/m)
  expect(told).not.toMatch(/^soundalike_model_coverage\{/m)
  expect(told).not.toMatch(/^soundalike_live_models\{/m)
})

it('counts the vectors once for all who ask within a minute', async () => {
  const context = contextOf()
  let counted = 0
  const catalog = {
    liveModel: () => Promise.resolve(null),
    models: () => Promise.resolve([model]),
    stageCounts: () => Promise.resolve({ done: 4, failed: 0, skipped: 0, seconds: 0 }),
    countPermanentFailures: () => Promise.resolve(0),
  }
  const count = () => Promise.resolve((counted += 1))
  registerStoreMetrics(context, catalog, { count })
  const share = /^soundalike_model_coverage\{.*model="m1".*\} 0\.25$/m
  expect(await context.metrics.metrics()).toMatch(share)
  expect(await context.metrics.metrics()).toMatch(share)
  expect(counted).toBe(1)
})

it('gives to whoever asks later what a slow look finds', async () => {
  let answer: (value: number) => void = () => undefined
  let looks = 0
  const look = () => {
    looks += 1
    return new Promise<number>((resolve) => (answer = resolve))
  }
  const figure = createFigure(look, { patienceMs: 5, keptMs: 60_000 })
  await expect(figure()).rejects.toThrow('no answer within 5 ms')
  answer(7)
  expect(await figure()).toBe(7)
  expect(looks).toBe(1)
})

it('looks again after a look that failed', async () => {
  let looks = 0
  const look = () => {
    looks += 1
    return looks === 1 ? Promise.reject(new Error('away')) : Promise.resolve(looks)
  }
  const figure = createFigure(look, { patienceMs: 1_000, keptMs: 60_000 })
  await expect(figure()).rejects.toThrow('away')
  await new Promise((resolve) => setTimeout(resolve, 1))
  expect(await figure()).toBe(2)
})
