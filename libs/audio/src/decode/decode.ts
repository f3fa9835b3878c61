import { Failure } from '@soundalike/contracts'
import { windowSamples, type Preset } from '../presets.ts'
import { createDeadline, type Deadline } from './deadline.ts'
import { soundSeconds } from './duration.ts'
import {
  engineFor,
  plainEngines,
  type DecodeEngines,
  type Engine,
  type Stretch,
} from './engines.ts'
import { openInput, type AudioInput } from './input.ts'
import { defaultLimits, type DecodeLimits } from './limits.ts'
import { sniff } from './sniff.ts'
import { centreOf, kept, soundingPart } from './sound.ts'

/** Previews this much longer than the window are decoded whole, so that their centre is exact. */
const SLACK_SECONDS = 2
/** Frames of a codec may cost as much at the end of what was asked for. */
const FRAME_SECONDS = 0.1

/**
 * Preview → mono signed 16-bit PCM at the preset's rate: the centre window of a longer preview,
 * without long silence at either end.
 *
 * @returns up to the preset's window of samples; less where the preview is shorter, never less than its minimum
 * @throws Failure with a code of its own for everything that can be wrong with a preview
 */
export const decode = async (
  input: AudioInput,
  preset: Preset,
  limits: DecodeLimits = defaultLimits,
  signal?: AbortSignal,
  engines: DecodeEngines = plainEngines,
): Promise<Int16Array> => {
  const [centre] = await windowsOf({ input, preset, limits, signal, engines }, 1)
  return kept(soundingPart(centre!, preset))
}

/**
 * Several windows of a longer track, for whoever wants more than the centre: the middles of as many equal parts, of
 * no more than fit beside each other. Windows without sound are left out. One window is the centre, as in {@link decode}.
 *
 * @param count - windows wanted, at least 1
 * @throws Failure as {@link decode}; `silent` when no window holds sound
 */
export const decodeWindows = async (
  input: AudioInput,
  preset: Preset,
  count: number,
  limits: DecodeLimits = defaultLimits,
  signal?: AbortSignal,
  engines: DecodeEngines = plainEngines,
): Promise<Int16Array[]> => {
  const windows = await windowsOf({ input, preset, limits, signal, engines }, count)
  let silent: Failure | undefined
  const sounding = windows.flatMap((window) => {
    try {
      return [kept(soundingPart(window, preset))]
    } catch (error) {
      silent = Failure.from(error)
      if (silent.code !== 'silent') throw silent
      return []
    }
  })
  if (sounding.length === 0 && silent !== undefined) throw silent
  return sounding
}

interface Request {
  readonly input: AudioInput
  readonly preset: Preset
  readonly limits: DecodeLimits
  readonly signal: AbortSignal | undefined
  readonly engines: DecodeEngines
}

/** Windows of a preview, all within its time. Never gives none. */
const windowsOf = async (request: Request, count: number): Promise<Int16Array[]> => {
  const deadline = createDeadline(request.limits.timeoutMs, request.signal)
  try {
    return await openedWindows({ ...request, deadline, count })
  } catch (error) {
    throw deadline.reason(error)
  }
}

interface Opening extends Request {
  readonly deadline: Deadline
  readonly count: number
}

/** Opens a preview, finds out what it is and how long, decodes windows of it, and cleans up. */
const openedWindows = async (opening: Opening): Promise<Int16Array[]> => {
  const { input, preset, limits, deadline } = opening
  const reader = await openInput(input, limits.maxBytes)
  try {
    const sniffed = await sniff(reader)
    const seconds = await soundSeconds(reader, sniffed, deadline.signal)
    const engine = await engineFor({ ...opening, reader, sniffed })
    try {
      const wanted = { ...opening, seconds }
      const windows = (await bySeconds(engine, wanted)) ?? (await fromAll(engine, wanted))
      return windows.map((window) => centreOf(window, windowSamples(preset)))
    } finally {
      await engine.close()
    }
  } finally {
    await reader.close()
  }
}

interface Wanted extends Opening {
  /** Length of the preview, true or not; null where it is not known. */
  readonly seconds: number | null
}

/** Windows of a preview whose length is known; null where it is not, or turns out to be another. */
const bySeconds = async (engine: Engine, wanted: Wanted): Promise<Int16Array[] | null> => {
  const { seconds, preset } = wanted
  if (seconds === null) return null
  const isShort = seconds <= preset.pcm.windowSeconds + SLACK_SECONDS
  return isShort ? wholeOfShort(engine, wanted) : bySeeking(engine, wanted, seconds)
}

/** The window of a preview that claims to be about as long; null where there turns out to be more. */
const wholeOfShort = async (engine: Engine, { preset }: Wanted): Promise<Int16Array[] | null> => {
  const { windowSeconds, sampleRateHz } = preset.pcm
  const shortSeconds = windowSeconds + SLACK_SECONDS
  const pcm = await heard(engine, { startSeconds: 0, seconds: shortSeconds })
  return pcm.length < (shortSeconds - FRAME_SECONDS) * sampleRateHz ? [pcm] : null
}

/** Windows of a longer preview, and nothing else of it; null where one turns out to be behind its end. */
const bySeeking = async (
  engine: Engine,
  { preset, limits, count }: Wanted,
  seconds: number,
): Promise<Int16Array[] | null> => {
  const { windowSeconds, sampleRateHz } = preset.pcm
  if (count > 1 && !engine.seeks) return null
  const reachableSeconds = engine.seeks ? seconds : Math.min(seconds, limits.maxSeconds)
  const starts = windowStarts(reachableSeconds, windowSeconds, count)
  const outcomes = await Promise.allSettled(
    starts.map((startSeconds) => heard(engine, { startSeconds, seconds: windowSeconds })),
  )
  const windows = outcomes.map(pcmOf)
  const enough = (windowSeconds - SLACK_SECONDS) * sampleRateHz
  return windows.every((window) => window.length >= enough) ? windows : null
}

const heard = async (engine: Engine, stretch: Stretch): Promise<Int16Array> =>
  engine.heard(await engine.decode(stretch), stretch)

/** Where a header lies there may be nothing at the centre, and that is no verdict on the rest. */
const pcmOf = (outcome: PromiseSettledResult<Int16Array>): Int16Array => {
  if (outcome.status === 'fulfilled') return outcome.value
  if (Failure.from(outcome.reason).code === 'decode-failed') return new Int16Array(0)
  throw outcome.reason
}

/** The mix of everything up to the limit is decoded, and the windows are found in what came out. */
const fromAll = async (
  engine: Engine,
  { preset, limits, count }: Wanted,
): Promise<Int16Array[]> => {
  const { sampleRateHz, windowSeconds } = preset.pcm
  const windows = await windowsOfAll(engine, limits.maxSeconds, windowSamples(preset), count)
  return Promise.all(
    windows.map(({ mono, start }) =>
      engine.heard(mono, { startSeconds: start / sampleRateHz, seconds: windowSeconds }),
    ),
  )
}

/** Copies, so that nothing holds on to the rest. */
const windowsOfAll = async (
  engine: Engine,
  seconds: number,
  length: number,
  count: number,
): Promise<{ readonly mono: Int16Array; readonly start: number }[]> => {
  const pcm = await engine.decode({ startSeconds: 0, seconds })
  return windowStarts(pcm.length, length, count)
    .map(Math.floor)
    .map((start) => ({ mono: pcm.slice(start, start + length), start }))
}

/** Starts of the windows that lie in the middles of equal parts: as many as wanted, or as fit; at least one. */
const windowStarts = (total: number, window: number, count: number): number[] => {
  const parts = Math.max(1, Math.min(count, Math.floor(total / window)))
  const start = (part: number): number => Math.max(0, ((part + 0.5) * total) / parts - window / 2)
  return Array.from({ length: parts }, (_, part) => start(part))
}
