import { create } from '@bufbuild/protobuf'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { ModelManifestSchema } from '@soundalike/contracts'
import { createLog, createMetrics, readConfig, type ServiceContext } from '@soundalike/runtime'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStores, serveWorkerHealth } from '../src/index.ts'

let folder: string
let stops: { name: string; stop: () => Promise<void> }[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'soundalike-ports-'))
  stops = []
})
afterEach(async () => {
  for (const { stop } of stops.reverse()) await stop()
  await rm(folder, { recursive: true, force: true })
})

const contextOf = (log: ServiceContext['log']): ServiceContext => ({
  config: readConfig({ DATA_DIR: folder }, {}),
  log,
  metrics: createMetrics('test'),
  onStop: (name, stop) => {
    stops.push({ name, stop })
  },
})

describe('ports', () => {
  it('opens every store in one folder, closes the database last, and tells health', async () => {
    const context = contextOf(createLog('test', { LOG_LEVEL: 'silent' }))
    const stores = await openStores(context)
    expect(stops[0]?.name).toBe('database')
    expect(await stores.catalog.countTracks()).toBe(0)
    expect(await stores.vectors.live()).toBeNull()
    expect(await stores.pipeline.counts('transcode')).toMatchObject({ waiting: 0 })

    await stores.vectors.createSpace('m1', 4)
    await stores.catalog.addModel(create(ModelManifestSchema, { id: 'm1' }), 'filling')
    let ageMs = 0
    const url = await serveWorkerHealth(context, stores, { heartbeatAgeMs: () => ageMs })
    expect((await fetch(`${url}/health/live`)).status).toBe(200)
    expect((await fetch(`${url}/health/ready`)).status).toBe(200)
    const metrics = await (await fetch(`${url}/metrics`)).text()
    expect(metrics).toMatch(/^soundalike_live_models\{.*\} 0$/m)
    expect(metrics).toMatch(/^soundalike_model_coverage\{.*model="m1",status="filling".*\} 0$/m)
    expect(metrics).toMatch(/^soundalike_data_bytes\{kind="free".*\} [1-9]/m)
    ageMs = 120_000
    const stuck = await fetch(`${url}/health/live`)
    expect(stuck.status).toBe(503)
    expect(await stuck.text()).toContain('120000 ms')
  })

  it('does not take a worker for stuck whose queues are away, nor at the moment they are back', async () => {
    const context = contextOf(createLog('test', { LOG_LEVEL: 'silent' }))
    const { database } = await openStores(context)
    let away = true
    const ping = () => (away ? Promise.reject(new Error('away')) : Promise.resolve())
    const service = { heartbeatAgeMs: () => 120_000 }
    const url = await serveWorkerHealth(context, { database, pipeline: { ping } }, service)
    expect((await fetch(`${url}/health/live`)).status).toBe(200)
    expect((await fetch(`${url}/health/ready`)).status).toBe(503)
    away = false
    expect((await fetch(`${url}/health/live`)).status).toBe(200)
    expect((await fetch(`${url}/health/ready`)).status).toBe(200)
  })
})
