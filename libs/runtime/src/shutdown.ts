import type { Log } from './log.ts'

interface Step {
  name: string
  stop: () => Promise<void>
}

/** Named steps that undo what was started, last started first. */
export interface Shutdown {
  /** Adds a step; it runs before every step added earlier. */
  add(name: string, stop: () => Promise<void>): void
  /** Runs all steps once, each bounded in time; calling it again waits for the same run. */
  run(): Promise<void>
}

/**
 * @param stepTimeoutMs - a step that takes longer is given up, logged, and the next one runs
 */
export const createShutdown = (log: Log, stepTimeoutMs: number): Shutdown => {
  const steps: Step[] = []
  let running: Promise<void> | undefined

  const runStep = async ({ name, stop }: Step): Promise<void> => {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`not stopped after ${String(stepTimeoutMs)} ms`))
      }, stepTimeoutMs)
    })
    try {
      await Promise.race([stop(), late])
    } catch (error) {
      log.error({ step: name, err: error }, 'a part did not stop cleanly')
    } finally {
      clearTimeout(timer)
    }
  }

  const runAll = async (): Promise<void> => {
    for (const step of steps.reverse()) await runStep(step)
  }

  return {
    add: (name, stop) => {
      steps.push({ name, stop })
    },
    run: () => (running ??= runAll()),
  }
}
