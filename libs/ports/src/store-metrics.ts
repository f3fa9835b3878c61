import type { Catalog } from '@soundalike/catalog'
import { coverageOf, modelsInUse } from '@soundalike/pipeline'
import type { ServiceContext } from '@soundalike/runtime'
import type { VectorStore } from '@soundalike/vectors'
import { statfs } from 'node:fs/promises'
import { Gauge } from 'prom-client'
import { createFigure } from './figure.ts'

/** Well below what Prometheus waits for all figures of a process. */
const defaultPatienceMs = 2_000
/** Vectors are counted one by one, by every process that is asked. */
const coverageKeptMs = 60_000

/**
 * What operators watch of the stores, looked up when the metrics are read; what cannot be told within `patienceMs` is left
 * out.
 */
export const registerStoreMetrics = (
  { config, log, metrics }: Pick<ServiceContext, 'config' | 'log' | 'metrics'>,
  catalog: Pick<Catalog, 'liveModel' | 'models' | 'stageCounts' | 'countPermanentFailures'>,
  vectors: Pick<VectorStore, 'count'>,
  patienceMs = defaultPatienceMs,
): void => {
  const orNothing = async (set: () => Promise<void>, forget: () => void): Promise<void> => {
    try {
      await set()
    } catch (error) {
      forget()
      log.debug({ err: error }, 'a figure cannot be told')
    }
  }
  const registers = [metrics]

  const liveModel = createFigure(() => catalog.liveModel(), { patienceMs, keptMs: 0 })
  new Gauge({
    name: 'soundalike_live_models',
    help: '1 where a model is live, whose vectors are searched; 0 where none is',
    registers,
    collect() {
      const set = async () => {
        this.set((await liveModel()) === null ? 0 : 1)
      }
      // A reset would leave a nought, since there are no labels.
      return orNothing(set, () => {
        this.remove()
      })
    },
  })

  const coverage = createFigure(
    async () => {
      const models = modelsInUse(await catalog.models())
      const looks = models.map(async ({ manifest, status }) => {
        const { share } = await coverageOf(catalog, vectors, manifest)
        return { labels: { model: manifest.id, status }, share }
      })
      return Promise.all(looks)
    },
    { patienceMs, keptMs: coverageKeptMs },
  )
  new Gauge({
    name: 'soundalike_model_coverage',
    help: 'Share of the mel images that have a vector of a model, of the live one and those that are filled',
    labelNames: ['model', 'status'],
    registers,
    collect() {
      const set = async () => {
        const models = await coverage()
        this.reset()
        for (const { labels, share } of models) this.set(labels, share)
      }
      return orNothing(set, () => {
        this.reset()
      })
    },
  })

  const disk = createFigure(() => statfs(config.DATA_DIR), { patienceMs, keptMs: 0 })
  new Gauge({
    name: 'soundalike_data_bytes',
    help: 'Size of the disk DATA_DIR is on, and what is free of it, by kind',
    labelNames: ['kind'],
    registers,
    collect() {
      const set = async () => {
        const { bsize, blocks, bavail } = await disk()
        this.set({ kind: 'size' }, blocks * bsize)
        this.set({ kind: 'free' }, bavail * bsize)
      }
      return orNothing(set, () => {
        this.reset()
      })
    },
  })
}
