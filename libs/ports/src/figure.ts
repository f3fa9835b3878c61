import { setTimeout as sleep } from 'node:timers/promises'

/** How long a figure is waited for, and how long it holds. */
export interface FigureBounds {
  readonly patienceMs: number
  /** From the moment it is known; 0 where it is looked up each time. */
  readonly keptMs: number
}

/**
 * A figure that is looked up when it is asked for. Only one look is under way at a time: one that takes too long goes
 * on, so that whoever asks later gets what it finds.
 *
 * @returns asks for it; rejects when the look fails, or is not over within `patienceMs`
 */
export const createFigure = <Value>(
  look: () => Promise<Value>,
  { patienceMs, keptMs }: FigureBounds,
): (() => Promise<Value>) => {
  let looking: Promise<Value> | undefined

  const lookOnce = async (): Promise<Value> => {
    let heldMs = 0
    try {
      const value = await look()
      heldMs = keptMs
      return value
    } finally {
      setTimeout(() => (looking = undefined), heldMs).unref()
    }
  }

  return async () => {
    looking ??= lookOnce()
    const waiting = new AbortController()
    try {
      return await Promise.race([looking, tooLong(patienceMs, waiting.signal)])
    } finally {
      waiting.abort()
    }
  }
}

const tooLong = async (patienceMs: number, signal: AbortSignal): Promise<never> => {
  await sleep(patienceMs, undefined, { signal })
  throw new Error(`no answer within ${String(patienceMs)} ms`)
}
