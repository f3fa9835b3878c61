import { afterAll, describe, expect, it } from '@jest/globals'
import { trackId } from '@soundalike/contracts'
import { NoServerError, skipLoudly } from '@soundalike/testkit'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { judge } from '../chaos/check.ts'
import { startCluster, type Cluster } from '../chaos/cluster.ts'
import type { Fault, Scale } from '../chaos/fault.ts'
import { faults } from '../chaos/faults.ts'
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
const quickest = ['two reconcilers at once', 'PostgreSQL restarted', 'Redis restarted empty']

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
      'survives: %s',
      async (name) => {
        const fault = faults.find((candidate) => candidate.name === name)
        if (fault === undefined) throw new Error(`no fault ${name}`)
        const row = await tryFault(fault, cluster, scale)
        const { notes } = row
        expect(row).toMatchObject({ survived: true, lost: 0, doubled: 0, notes })
      },
      300_000,
    )

    it('has to say what is wrong', async () => {
      const silent: Fault = {
        name: 'one that nobody mentions',
        stage: 'all',
        blobsIn: 'folder',
        heard: true,
        strike: () => Promise.resolve([]),
      }
      const row = await tryFault(silent, cluster, scale)
      expect(row).toMatchObject({ survived: false, lost: 0, doubled: 0, notes: 'nothing was said' })
    }, 120_000)

    it('is not said to be well when it is not', async () => {
      const { catalog, vectors, blobs } = cluster.stores
      const model = (await catalog.models())[0]?.manifest.id ?? ''
      const [first, second] = cluster.library.good.map((name) => trackId(cluster.source, name))
      const vector = await vectors.get(model, first ?? '')
      if (vector === null || second === undefined) throw new Error('nothing to lose')

      await vectors.delete(model, [second])
      expect(await judge(cluster)).toEqual({
        lost: 1,
        doubled: 0,
        swept: 0,
        problems: [`${second}: no vector`],
      })

      const payload = { source: cluster.source, artist: '', album: '' }
      const stray = ['stray-1', 'stray-2'].map((trackId) => ({ trackId, vector, payload }))
      await vectors.upsert(model, stray)
      await blobs.put('pcm/nobody', new Uint8Array(1))
      await blobs.put('of-no-kind', new Uint8Array(1))
      await mkdir(join(cluster.folder, 'tmp', 'left'))
      expect(await judge(cluster)).toEqual({
        lost: 1,
        doubled: 1,
        swept: 1,
        problems: [
          expect.stringContaining('vectors'),
          `${second}: no vector`,
          '1 orphan blobs, one of them of-no-kind',
          '1 temporary files, one of them left',
        ],
      })
    })
  })
}
