import { judge } from './check.ts'
import type { Cluster } from './cluster.ts'
import type { Fault, Scale } from './fault.ts'
import type { Row } from './report.ts'
import { untilSettled } from './settle.ts'
import { startWitness } from './witness.ts'

/** Lets one fault strike a cluster at rest, waits until it is at rest again, and looks what became of it. */
export const tryFault = async (fault: Fault, cluster: Cluster, scale: Scale): Promise<Row> => {
  const startedAtMs = performance.now()
  const witness = startWitness(cluster)
  const feed = async (): Promise<void> => {
    await cluster.library.grow(scale.tracks)
    await cluster.stores.pipeline.enqueue('scrape', [{ source: cluster.source }])
  }

  const notes: string[] = []
  let survived = true
  const fail = (reason: unknown): void => {
    survived = false
    notes.push(reason instanceof Error ? reason.message : String(reason))
  }
  try {
    notes.push(...(await fault.strike({ cluster, scale, feed })))
    await cluster.untilUp()
    const retried = await untilSettled(cluster, scale.settleMs)
    if (retried > 0) notes.push(`${String(retried)} tried again by hand`)
  } catch (error) {
    fail(error)
  }
  let [lost, doubled] = [0, 0]
  try {
    const verdict = await judge(cluster)
    ;({ lost, doubled } = verdict)
    if (verdict.swept > 0) notes.push(`${String(verdict.swept)} blobs of no use were swept`)
    verdict.problems.forEach(fail)
  } catch (error) {
    fail(error)
  }
  const heard = await witness.stop()
  if (fault.heard && heard.length === 0) survived = false
  notes.push(heard.length === 0 ? 'nothing was said' : `said: ${heard.slice(0, 4).join('; ')}`)
  const seconds = Math.round((performance.now() - startedAtMs) / 100) / 10
  const { name, stage } = fault
  return { fault: name, stage, survived, seconds, lost, doubled, notes: notes.join(' | ') }
}
