import type { Catalog } from '@soundalike/catalog'
import { coverageOf, modelsInUse } from '@soundalike/pipeline'
import type { ServiceContext } from '@soundalike/runtime'
import type { VectorStore } from '@soundalike/vectors'
import { statfs } from 'node:fs/promises'
import { Gauge } from 'prom-client'

/** What operators watch of the stores, looked up when the metrics are read; what cannot be told is left out. */
export const registerStoreMetrics = (
  { config, log, metrics }: Pick<ServiceContext, 'config' | 'log' | 'metrics'>,
  catalog: Pick<Catalog, 'liveModel' | 'models' | 'stageCounts' | 'countPermanentFailures'>,
  vectors: Pick<VectorStore, 'count'>,
): void => {
  const orNothing = async (gauge: Gauge, look: () => Promise<void>): Promise<void> => {
    try {
      await look()
    } catch (error) {
      gauge.reset()
      log.debug({ err: error }, 'a figure cannot be told')
    }
  }
  const registers = [metrics]

  new Gauge({
    name: 'soundalike_live_models',
    help: '1 where a model is live, whose vectors are searched; 0 where none is',
    registers,
    collect() {
      return orNothing(this, async () => this.set((await catalog.liveModel()) === null ? 0 : 1))
    },
  })
  new Gauge({
    name: 'soundalike_model_coverage',
    help: 'Share of the mel images that have a vector of a model, of the live one and those that are filled',
    labelNames: ['model', 'status'],
    registers,
    collect() {
      return orNothing(this, async () => {
        const models = modelsInUse(await catalog.models())
        this.reset()
        for (const { manifest, status } of models) {
          const { share } = await coverageOf(catalog, vectors, manifest)
          this.set({ model: manifest.id, status }, share)
        }
      })
    },
  })
  new Gauge({
    name: 'soundalike_data_bytes',
    help: 'Size of the disk DATA_DIR is on, and what is free of it, by kind',
    labelNames: ['kind'],
    registers,
    collect() {
      return orNothing(this, async () => {
        const { bsize, blocks, bavail } = await statfs(config.DATA_DIR)
        this.set({ kind: 'size' }, blocks * bsize)
        this.set({ kind: 'free' }, bavail * bsize)
      })
    },
  })
}
