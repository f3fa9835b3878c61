import { createLog, createShutdown } from '@soundalike/runtime'
import { NoServerError } from '@soundalike/testkit'
import type { BlobsIn } from './blobs.ts'
import { startCluster, type Cluster } from './cluster.ts'
import type { Fault, Scale } from './fault.ts'
import type { Row } from './report.ts'
import { tryFault } from './try-fault.ts'

/** What there is to undo, for whoever cuts a trial short. */
export interface Running {
  /** Set before `stop`: nothing new is begun then. */
  cut: boolean
  stop(): Promise<void>
}

const STOP_MS = 30_000

export const say = (text: string): void => void process.stderr.write(`chaos: ${text}\n`)

/** A new installation in place of the one before; null, loudly, where it cannot be had. */
const newCluster = async (blobsIn: BlobsIn, running: Running): Promise<Cluster | null> => {
  await running.stop()
  say(`starting an installation with blobs in ${blobsIn}`)
  const shutdown = createShutdown(createLog('chaos', { LOG_LEVEL: 'silent' }), STOP_MS)
  running.stop = () => shutdown.run()
  try {
    return await startCluster(blobsIn, shutdown)
  } catch (error) {
    if (running.cut) return null
    if (!(error instanceof NoServerError)) throw error
    say(`SKIPPED all faults of ${blobsIn}: ${error.message}`)
    return null
  }
}

/** Tries faults one after the other, and says on standard error how it goes. */
export const tryAll = async (
  chosen: readonly Fault[],
  scale: Scale,
  running: Running,
): Promise<Row[]> => {
  const rows: Row[] = []
  for (const [blobsIn, group] of Map.groupBy(chosen, (fault) => fault.blobsIn)) {
    let cluster: Cluster | null = null
    for (const fault of group) {
      cluster ??= await newCluster(blobsIn, running)
      if (cluster === null) break
      const missing = fault.missing?.(cluster) ?? null
      if (missing !== null) {
        say(`SKIPPED ${fault.name}: ${missing}`)
        continue
      }
      say(`${fault.name} (${fault.stage}) …`)
      const row = await tryFault(fault, cluster, scale)
      if (running.cut) return rows
      say(
        `  ${row.survived ? 'survived' : 'NOT SURVIVED'} in ${String(row.seconds)} s: ${row.notes}`,
      )
      rows.push(row)
      // What did not come to rest would be taken for the doing of the next fault.
      if (!row.survived) cluster = null
    }
  }
  return rows
}
