import type { Catalog, Lease } from '@soundalike/catalog'
import { Failure } from '@soundalike/contracts'
import type { Log } from '@soundalike/runtime'
import { setTimeout as sleep } from 'node:timers/promises'

const NAME = 'train'
/** How long a trainer that vanished keeps others waiting. */
const LEASE_SECONDS = 30
const RENEW_MS = (LEASE_SECONDS * 1000) / 3
const LOOK_MS = 1_000

/**
 * Trains while nobody else does: waits for the lease, and renews it meanwhile. A trainer that could not (its machine stood
 * still, the database was away) may come back beside the next one; its signal fires then, and what it writes carries a
 * token that counts no more.
 *
 * @param signal - ends the waiting, and the work
 * @throws Failure `unavailable` when somebody else has taken over; the reason of `signal`; what the work throws
 */
export const withTrainingLease = async <Result>(
  catalog: Pick<Catalog, 'takeLease' | 'renewLease' | 'endLease'>,
  signal: AbortSignal,
  log: Log,
  work: (lease: Lease, signal: AbortSignal) => Promise<Result>,
): Promise<Result> => {
  let endsAtMs = performance.now() + LEASE_SECONDS * 1000
  const take = async (): Promise<Lease | null> => {
    endsAtMs = performance.now() + LEASE_SECONDS * 1000
    return catalog.takeLease(NAME, LEASE_SECONDS)
  }
  let lease = await take()
  if (lease === null) log.info('waiting for another training to end')
  while (lease === null) {
    await sleep(LOOK_MS, undefined, { signal })
    lease = await take()
  }

  const taken = lease
  const lost = new AbortController()
  const renew = async (): Promise<void> => {
    const askedMs = performance.now()
    try {
      const renewed = await catalog.renewLease(taken, LEASE_SECONDS)
      if (renewed) endsAtMs = askedMs + LEASE_SECONDS * 1000
      else lost.abort(new Failure('unavailable', 'another trainer has taken over'))
    } catch (error) {
      log.warn({ err: error }, 'the lease could not be renewed')
      if (performance.now() > endsAtMs)
        lost.abort(new Failure('unavailable', 'another trainer may have taken over'))
    }
  }
  const timer = setInterval(() => void renew(), RENEW_MS)
  try {
    return await work(taken, AbortSignal.any([signal, lost.signal]))
  } finally {
    clearInterval(timer)
    await catalog.endLease(taken).catch(() => undefined)
  }
}
