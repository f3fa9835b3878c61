import { setTimeout as sleep } from 'node:timers/promises'
import type { Catalog } from '@soundalike/catalog'
import type { Log } from '@soundalike/runtime'
import type { Housekeeping } from './housekeeping.ts'

export interface SweepLoopOptions {
  readonly catalog: Pick<Catalog, 'takeLease' | 'endLease'>
  readonly housekeeping: Pick<Housekeeping, 'sweep'>
  /**
   * Before the first look whether a sweep is due, and between two: looking at every blob is not for the busy time after
   * a start.
   *
   * @defaultValue 600,000
   */
  readonly lookMs?: number
  readonly log: Log
}

const SWEEP_INTERVAL_SECONDS = 6 * 3600

/**
 * Sweeps blobs now and then, once for all processes that share the catalog: whoever takes the lease sweeps, and as long as
 * it lasts no sweep is due. It is given back when the sweep is cut off.
 *
 * @param signal - ends it
 */
export const keepSweeping = async (
  { catalog, housekeeping, lookMs = 10 * 60_000, log }: SweepLoopOptions,
  signal: AbortSignal,
): Promise<void> => {
  const sweepWhenDue = async (): Promise<void> => {
    const lease = await catalog.takeLease('sweep', SWEEP_INTERVAL_SECONDS)
    if (lease === null) return
    try {
      await housekeeping.sweep(signal)
    } finally {
      if (signal.aborted) await catalog.endLease(lease)
    }
  }
  for (;;) {
    await sleep(lookMs, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return
    await sweepWhenDue().catch((error: unknown) => {
      if (!signal.aborted) log.warn({ err: error }, 'blobs could not be swept')
    })
  }
}
