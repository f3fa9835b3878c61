import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from './cluster.ts'

const POLL_MS = 500
const ANSWER_MS = 3_000

/** What a bad track of the library comes to, fault or none. */
const NO_SOUND = 'job failed: not audio'

/** Hears what the installation says of itself: through the health of its processes, and in their logs. */
export interface Witness {
  /** @returns what was said, each once: by their health first, then in their logs, most often said first */
  stop(): Promise<string[]>
}

export const startWitness = (cluster: Cluster): Witness => {
  const complaints = new Map<string, number>()
  const warnings = new Map<string, number>()
  const hear = (heard: Map<string, number>, text: string): void => {
    const said = withoutNames(text)
    heard.set(said, (heard.get(said) ?? 0) + 1)
  }
  const deafen = cluster.onWarning((text) => {
    if (!text.includes(NO_SOUND)) hear(warnings, text)
  })
  const stopping = new AbortController()

  const listen = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      for (const worker of cluster.workers) {
        const complaint = await complaintOf(worker.url())
        if (complaint !== null) hear(complaints, `${worker.service} is not ready: ${complaint}`)
      }
      await sleep(POLL_MS, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }
  const listening = listen()

  return {
    stop: async () => {
      stopping.abort()
      deafen()
      await listening
      return [complaints, warnings].flatMap(inOrder)
    },
  }
}

const inOrder = (heard: ReadonlyMap<string, number>): string[] =>
  [...heard].sort(([, a], [, b]) => b - a).map(([said, times]) => `${said} (${String(times)}×)`)

/** Null where a process is ready or does not answer at all, e.g. since it was killed. */
const complaintOf = async (url: string | null): Promise<string | null> => {
  if (url === null) return null
  try {
    const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(ANSWER_MS) })
    return answer.ok ? null : unwell(await answer.text())
  } catch {
    return null
  }
}

interface Readiness {
  readonly checks: readonly { readonly part: string; readonly ok: boolean }[]
}

/** The gateway answers with the parts it checked; the workers with a line of text. */
const unwell = (text: string): string => {
  try {
    const { checks } = JSON.parse(text) as Readiness
    return checks.flatMap(({ part, ok }) => (ok ? [] : [part])).join(', ')
  } catch {
    return text.trim()
  }
}

/** So that what is said of each track counts as one. */
const withoutNames = (text: string): string =>
  text
    .replaceAll(/\S*[0-9a-f]{8,}\S*/g, '…')
    .replaceAll(/\d+/g, 'n')
    .slice(0, 160)
