import type { Catalog } from '@soundalike/catalog'
import { keys } from '@soundalike/contracts'
import type { Log } from '@soundalike/runtime'
import { modelsToRemove } from './models-in-use.ts'
import { sweepBlobs, type SweepOptions } from './sweep.ts'

export interface HousekeepingOptions extends SweepOptions {
  readonly catalog: Catalog
  readonly vectors: { dropSpace(space: string): Promise<void> }
  /** Retired models that stay, to go back to. */
  readonly keepPreviousModels: number
  readonly log: Log
}

/** Does away with what nothing needs any more. Two at once do no harm. */
export interface Housekeeping {
  /**
   * Removes models that are no longer kept, with their vectors, files and maps: never the live one, nor one that is filled.
   *
   * @returns their ids
   */
  pruneModels(): Promise<string[]>
  /**
   * Deletes blobs that nothing refers to.
   *
   * @returns how many
   */
  sweep(signal?: AbortSignal): Promise<number>
}

export const createHousekeeping = (options: HousekeepingOptions): Housekeeping => {
  const { catalog, blobs, vectors, keepPreviousModels, log } = options

  /** The catalog's row last: as long as it is there, whatever a crash has left is found again. */
  const remove = async (id: string): Promise<void> => {
    await vectors.dropSpace(id)
    for await (const { key } of blobs.list(keys.model(id, ''))) await blobs.delete(key)
    await blobs.delete(keys.map(id))
    await catalog.removeModel(id)
  }

  return {
    pruneModels: async () => {
      const pruned: string[] = []
      for (const { manifest } of modelsToRemove(await catalog.models(), keepPreviousModels)) {
        if (!(await catalog.beginRemoval(manifest.id))) continue
        await remove(manifest.id)
        log.info({ model: manifest.id }, 'model removed')
        pruned.push(manifest.id)
      }
      return pruned
    },
    sweep: (signal) => sweepBlobs(options, signal),
  }
}
