import type { Catalog } from '@soundalike/catalog'
import type { TrackStage } from '@soundalike/contracts'
import type { Log } from '@soundalike/runtime'
import { allFailures } from './all-failures.ts'
import { createOnceEach } from './once-each.ts'

interface StageOutput {
  readonly stage: TrackStage
  readonly fingerprint: string
}

/**
 * Has a stage run again where its output turned out to be gone, e.g. PCM that was deleted once a mel image of
 * other parameters was there. Each output is made again once in the life of a process: one that is missing even
 * then is not where the next stage looks for it, and making it over and over would not help.
 *
 * @returns repairs the failures `missing-input` of one stage, and says of how many tracks
 */
export const createRepairs = (
  catalog: Pick<Catalog, 'failures' | 'forget' | 'forgetDone'>,
  log: Log,
): ((failed: StageOutput, before: StageOutput) => Promise<number>) => {
  const mayRepair = createOnceEach(() => {
    log.error('too many lost outputs: this process has no more of them made again')
  })

  return async (failed, before) => {
    const toRepair: string[] = []
    for await (const { trackId } of allFailures(catalog, { ...failed, code: 'missing-input' })) {
      if (mayRepair(`${failed.stage} ${failed.fingerprint} ${trackId}`)) toRepair.push(trackId)
    }
    if (toRepair.length === 0) return 0

    for (const trackId of toRepair) await catalog.forgetDone({ ...before, trackId })
    await catalog.forget({ stage: failed.stage, code: 'missing-input', trackIds: toRepair })
    log.info({ stage: before.stage, tracks: toRepair.length }, 'a lost output is made again')
    return toRepair.length
  }
}
