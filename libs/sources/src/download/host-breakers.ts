import { Failure } from '@soundalike/contracts'
import { circuitBreaker, CircuitState, ConsecutiveBreaker, handleAll } from 'cockatiel'

/** Hosts remembered at a time; strangers write their names. */
const MAX_HOSTS = 1_000

/** When a host is left alone. */
export interface BreakLimits {
  /** Downloads in a row that fail because of the host, after which it is left alone. */
  readonly breakAfterFailures: number
  /** How long it is left alone before one download tries it again. */
  readonly breakMs: number
}

/** Leaves hosts alone that are down, so that their previews wait instead of failing one by one. */
export interface HostBreakers {
  /**
   * Begins a download.
   *
   * @returns to be called when the download has ended, with its failure where it failed; later calls count for nothing
   * @throws Failure `unavailable` with `postponeMs` while the host is left alone
   */
  enter(host: string): (failure?: unknown) => void
}

export const createHostBreakers = ({ breakAfterFailures, breakMs }: BreakLimits): HostBreakers => {
  const hosts = new Map<string, ReturnType<typeof createHost>>()

  const createHost = () => {
    const circuit = circuitBreaker(handleAll, {
      halfOpenAfter: breakMs,
      breaker: new ConsecutiveBreaker(breakAfterFailures),
    })
    const host = { circuit, aloneUntilMs: 0 }
    circuit.onBreak(() => (host.aloneUntilMs = Date.now() + breakMs))
    return host
  }

  const hostNamed = (name: string): ReturnType<typeof createHost> => {
    const host = hosts.get(name) ?? createHost()
    hosts.delete(name)
    hosts.set(name, host)
    const [longestUnused = name] = hosts.keys()
    if (hosts.size > MAX_HOSTS) hosts.delete(longestUnused)
    return host
  }

  return {
    enter: (name) => {
      const { circuit, aloneUntilMs } = hostNamed(name)
      const leftMs = aloneUntilMs - Date.now()
      const tried = circuit.state === CircuitState.HalfOpen
      if (tried || (circuit.state === CircuitState.Open && leftMs > 0)) {
        // Spread, so that what was put off together does not come back together.
        const postponeMs = Math.max(0, leftMs) + breakMs * Math.random()
        throw new Failure('unavailable', `${name} failed again and again, and is left alone`, {
          postponeMs,
        })
      }
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      circuit.execute(() => promise).catch(() => undefined)
      return (failure) => (isHostDown(failure) ? reject(failure) : resolve())
    },
  }
}

/** Other failures are about one preview, and a host that answers with them is up. */
const isHostDown = (failure: unknown): failure is Failure =>
  failure instanceof Failure && failure.code === 'unavailable'
