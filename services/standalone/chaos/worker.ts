import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export const services = [
  'scraper',
  'transcoder',
  'spectrogram',
  'embedder',
  'trainer',
  'gateway',
] as const
export type ServiceName = (typeof services)[number]

/** One process of a service, which is started again whenever it ends, as an orchestrator would. */
export interface Worker {
  readonly service: ServiceName
  /** Of its API or its health server; null until it says so. */
  url(): string | null
  /** Ends it without notice. @returns when it is gone; another one is on its way then */
  kill(): Promise<void>
  /** Takes its processor away for a while, as a machine does that is suspended; its connections stay. */
  freeze(timeMs: number): Promise<void>
  /** Has its clock differ from the real one. */
  setClock(aheadMs: number): void
  stop(): Promise<void>
}

/** A line of the log. */
interface Line {
  readonly level: number
  readonly msg: string
  readonly url?: string
  readonly err?: { readonly message?: string }
}

const PRELOAD = new URL('./preload.ts', import.meta.url).href
const RESTART_MS = 500
const STOP_MS = 10_000
const WARNING = 40

/**
 * @param onWarning - told of every warning and error in its log
 */
export const startWorker = (
  service: ServiceName,
  environment: Readonly<Record<string, string | undefined>>,
  onWarning: (text: string) => void,
): Worker => {
  const main = fileURLToPath(new URL(`../../${service}/src/main.ts`, import.meta.url))
  let stopping = false
  let url: string | null = null
  let aheadMs = 0

  const listen = (text: string): void => {
    const line = parseLine(text)
    if (line?.url !== undefined && /^(health|listening)$/.test(line.msg)) url = line.url
    if (line !== null && line.level < WARNING) return
    onWarning(line === null ? text : [line.msg, line.err?.message].filter(Boolean).join(': '))
  }

  const start = (): ChildProcess => {
    const started = spawn(process.execPath, ['--import', PRELOAD, main], {
      env: environment,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    if (started.stderr !== null) createInterface({ input: started.stderr }).on('line', listen)
    if (aheadMs !== 0) started.send({ clockAheadMs: aheadMs })
    started.once('exit', () => {
      url = null
      if (!stopping) void sleep(RESTART_MS).then(restart)
    })
    return started
  }
  const restart = (): void => {
    if (!stopping) child = start()
  }
  let child = start()

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
  }

  return {
    service,
    url: () => url,
    kill: () => end('SIGKILL'),
    freeze: async (timeMs) => {
      const frozen = child
      frozen.kill('SIGSTOP')
      await sleep(timeMs)
      frozen.kill('SIGCONT')
    },
    setClock: (ms) => {
      aheadMs = ms
      if (child.connected) child.send({ clockAheadMs: ms })
    },
    stop: async () => {
      stopping = true
      child.kill('SIGCONT')
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
      await end('SIGTERM')
      clearTimeout(late)
    },
  }
}

const parseLine = (text: string): Line | null => {
  try {
    return JSON.parse(text) as Line
  } catch {
    return null
  }
}
