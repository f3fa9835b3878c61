import { createLogUpdate } from 'log-update'

/** One line of the display: a stage and how far it got. */
export interface StageLine {
  name: string
  done: number
  failed: number
  /** Known so far; may grow. */
  total: number
  /** Anything to show instead of rate and time left. */
  note?: string
}

export interface Display {
  /** A line that stays. */
  say(line: string): void
  /** Redraws the stages; on a stream that is no terminal, prints them now and then. */
  show(lines: readonly StageLine[]): void
  /** Ends the live part, leaving its last state on screen. */
  clear(): void
  /** Wall time from the first sight of each stage to the last time it moved. */
  seconds(): Record<string, number>
}

const BAR_CELLS = 24
const PLAIN_INTERVAL_MS = 5_000

/** Live display of the stages on one stream. */
export const createDisplay = (stream: NodeJS.WriteStream): Display => {
  const update = createLogUpdate(stream)
  const paces = new Map<string, Pace>()
  let live = false
  let plainAtMs = -Infinity

  const draw = (lines: readonly StageLine[]): string =>
    lines.map((line) => formatLine(line, paceOf(paces, line))).join('\n')

  const clear = (): void => {
    if (live) update.done()
    live = false
  }

  return {
    say: (line) => {
      clear()
      stream.write(`${line}\n`)
    },
    show: (lines) => {
      const text = draw(lines)
      if (stream.isTTY) {
        update(text)
        live = true
      } else if (performance.now() - plainAtMs >= PLAIN_INTERVAL_MS) {
        plainAtMs = performance.now()
        stream.write(`${text}\n`)
      }
    },
    clear,
    seconds: () =>
      Object.fromEntries(
        [...paces].map(([name, pace]) => [name, (pace.lastAtMs - pace.firstAtMs) / 1000]),
      ),
  }
}

/** When a stage was first seen and when it last moved. */
interface Pace {
  readonly firstAtMs: number
  readonly firstHandled: number
  lastAtMs: number
  lastHandled: number
}

/** @returns tracks per second since this display first saw the stage */
const paceOf = (paces: Map<string, Pace>, { name, done, failed }: StageLine): number => {
  const nowMs = performance.now()
  const handled = done + failed
  const pace = paces.get(name)
  if (pace === undefined) {
    const first = { firstAtMs: nowMs, firstHandled: handled }
    paces.set(name, { ...first, lastAtMs: nowMs, lastHandled: handled })
    return 0
  }
  if (handled !== pace.lastHandled) Object.assign(pace, { lastAtMs: nowMs, lastHandled: handled })
  const seconds = (nowMs - pace.firstAtMs) / 1000
  return seconds > 0 ? (handled - pace.firstHandled) / seconds : 0
}

const formatLine = (line: StageLine, perSecond: number): string => {
  const { name, done, failed, note } = line
  const handled = done + failed
  // What is known so far may lag behind what is done; the share never passes one.
  const total = Math.max(line.total, handled)
  const share = total === 0 ? 0 : handled / total
  const cells = Math.floor(share * BAR_CELLS)
  const bar = '█'.repeat(cells) + '░'.repeat(BAR_CELLS - cells)
  const percent = `${String(Math.floor(share * 100)).padStart(3)} %`
  const counts = `${String(done)}/${String(total)}${failed > 0 ? `, ${String(failed)} failed` : ''}`
  const left = total - handled
  const pace =
    left === 0 || perSecond === 0
      ? ''
      : `${perSecond.toFixed(1)}/s, ${formatSeconds(left / perSecond)} left`
  return `${name.padEnd(12)} ${bar} ${percent}  ${counts}  ${note ?? pace}`.trimEnd()
}

const formatSeconds = (seconds: number): string =>
  seconds < 90 ? `${String(Math.ceil(seconds))} s` : `${String(Math.ceil(seconds / 60))} min`
