import type { Catalog } from '@soundalike/catalog'
import { failureKinds, type FailureCode } from '@soundalike/contracts'
import type { Log } from '@soundalike/runtime'
import { allFailures } from './all-failures.ts'
import { createOnceEach } from './once-each.ts'

/** As often the track's own doing as that of the hour, so tried again once in the life of a process. */
const doubtful: readonly FailureCode[] = ['timed-out', 'decoder-crashed', 'internal']

/** A lost input has a repair of its own; what took every worker with it would do so again. */
const elsewhere: readonly FailureCode[] = ['missing-input', 'worker-lost']

/** Over at some time, e.g. a source that is down, so tried again for as long as it takes. */
const passing = (Object.keys(failureKinds) as FailureCode[]).filter(
  (code) => !failureKinds[code].permanent && !doubtful.includes(code) && !elsewhere.includes(code),
)

/**
 * Has stages run again that failed for a reason which may be over by now.
 *
 * @returns forgets such failures of at least an age, and says how many
 */
export const createSecondChances = (
  catalog: Pick<Catalog, 'failures' | 'forget'>,
  log: Log,
): ((minAgeSeconds: number) => Promise<number>) => {
  const mayTryAgain = createOnceEach(() => {
    log.error('too many failures of uncertain cause: this process has no more of them tried again')
  })

  const forgetDoubtful = async (code: FailureCode, minAgeSeconds: number): Promise<number> => {
    const newestMs = Date.now() - minAgeSeconds * 1000
    let forgotten = 0
    for await (const { stage, fingerprint, trackId, updatedAt } of allFailures(catalog, { code })) {
      if (updatedAt.getTime() > newestMs) continue
      if (!mayTryAgain(`${stage} ${fingerprint} ${trackId}`)) continue
      forgotten += await catalog.forget({ stage, code, trackIds: [trackId] })
    }
    return forgotten
  }

  return async (minAgeSeconds) => {
    let forgotten = 0
    for (const code of passing) forgotten += await catalog.forget({ code, minAgeSeconds })
    for (const code of doubtful) forgotten += await forgetDoubtful(code, minAgeSeconds)
    return forgotten
  }
}
