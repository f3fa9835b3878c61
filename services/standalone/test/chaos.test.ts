import { afterAll, describe, expect, it } from '@jest/globals'
import { NoServerError, skipLoudly } from '@soundalike/testkit'
import { startCluster, type Cluster } from '../chaos/cluster.ts'
import { faults, type Scale } from '../chaos/faults.ts'
import { tryFault } from '../chaos/try-fault.ts'

const suite = 'an installation under faults'
const scale: Scale = {
  tracks: 10,
  randomKills: 1,
  outageMs: 2_000,
  vectorOutageMs: 2_000,
  trainSeconds: 5,
  settleMs: 120_000,
}
/** The quickest; `npm run chaos` tries all of them. */
const quickest = faults.filter(({ name }) =>
  ['two reconcilers at once', 'PostgreSQL restarted'].includes(name),
)

const clusterOrSkip = async (): Promise<Cluster | null> => {
  try {
    return await startCluster('folder')
  } catch (error) {
    if (!(error instanceof NoServerError)) throw error
    await skipLoudly(suite, error.message)
    return null
  }
}
const cluster = await clusterOrSkip()

if (cluster !== null) {
  afterAll(() => cluster.stop(), 60_000)

  describe(suite, () => {
    it.each(quickest)(
      'survives: $name',
      async (fault) => {
        const { notes, ...row } = await tryFault(fault, cluster, scale)
        expect({ ...row, ...(row.survived ? {} : { notes }) }).toMatchObject({
          survived: true,
          lost: 0,
          doubled: 0,
        })
      },
      300_000,
    )
    it('tries what it is meant to', () => {
      expect(quickest).toHaveLength(2)
    })
  })
}
