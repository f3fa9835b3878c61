import { Failure } from '@soundalike/contracts'
import { windowSamples, type Preset } from '../presets.ts'
import { claimedSeconds } from './duration.ts'
import { engineFor, plainEngines, type DecodeEngines, type Engine } from './engines.ts'
import { openInput, type AudioInput } from './input.ts'
import { defaultLimits, type DecodeLimits } from './limits.ts'
import { sniff } from './sniff.ts'
import { centreOf, kept, soundingPart } from './sound.ts'

/** Previews this much longer than the window are decoded whole, so that their centre is exact. */
const SLACK_SECONDS = 2

/**
 * Preview → mono signed 16-bit PCM at the preset's rate: the centre window of a longer preview,
 * without long silence at either end.
 *
 * @returns up to the preset's window of samples; less where the preview is shorter, never less than its minimum
 * @throws Failure with a code of its own for everything that can be wrong with a preview
 */
export const decode = (
  input: AudioInput,
  preset: Preset,
  limits: DecodeLimits = defaultLimits,
  signal?: AbortSignal,
  engines: DecodeEngines = plainEngines,
): Promise<Int16Array> =>
  withEngine({ input, preset, limits, signal, engines }, async (engine) => {
    const claimed = (await claimedSeconds(input)) ?? 0
    const decoded = await decodeCentre(engine, claimed, preset, limits)
    return kept(soundingPart(centreOf(decoded, windowSamples(preset)), preset))
  })

/**
 * Several windows of a longer track, evenly spaced from its start to its end, for whoever wants more than the centre.
 * Windows without sound are left out. A track no longer than one window gives that one.
 *
 * @param count - windows wanted
 * @throws Failure as {@link decode}; `silent` when no window holds sound
 */
export const decodeWindows = (
  input: AudioInput,
  preset: Preset,
  count: number,
  limits: DecodeLimits = defaultLimits,
  signal?: AbortSignal,
  engines: DecodeEngines = plainEngines,
): Promise<Int16Array[]> =>
  withEngine({ input, preset, limits, signal, engines }, async (engine) => {
    const { windowSeconds } = preset.pcm
    const claimed = (await claimedSeconds(input)) ?? 0
    if (count === 1 || claimed <= windowSeconds + SLACK_SECONDS) {
      return [soundingPart(await decodeCentre(engine, claimed, preset, limits), preset)]
    }
    const between = (claimed - windowSeconds) / (count - 1)
    const outcomes = await Promise.allSettled(
      Array.from({ length: count }, async (_, index) => {
        const decoded = await engine.decode({
          startSeconds: index * between,
          seconds: windowSeconds,
        })
        return soundingPart(decoded, preset)
      }),
    )
    const windows = outcomes.flatMap((outcome) =>
      outcome.status === 'fulfilled' ? [outcome.value] : [],
    )
    const [refused] = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [Failure.from(outcome.reason)] : [],
    )
    if (windows.length === 0 && refused !== undefined) throw refused
    return windows
  })

interface Request {
  readonly input: AudioInput
  readonly preset: Preset
  readonly limits: DecodeLimits
  readonly signal: AbortSignal | undefined
  readonly engines: DecodeEngines
}

/** Opens a preview, finds out what it is, and cleans up after the work. */
const withEngine = async <T>(
  request: Request,
  work: (engine: Engine) => Promise<T>,
): Promise<T> => {
  const reader = await openInput(request.input, request.limits.maxBytes)
  try {
    const sniffed = await sniff(reader)
    const engine = await engineFor({ ...request, reader, sniffed })
    try {
      return await work(engine)
    } finally {
      await engine.close()
    }
  } finally {
    await reader.close()
  }
}

/**
 * The stretch around the centre, as far as the headers know where that is. When they promised more than there is,
 * everything up to the limit is decoded instead, and the centre is found in what came out.
 */
const decodeCentre = async (
  engine: Engine,
  claimed: number,
  preset: Preset,
  limits: DecodeLimits,
): Promise<Int16Array> => {
  const { windowSeconds, sampleRateHz } = preset.pcm
  if (claimed <= windowSeconds + SLACK_SECONDS) {
    return engine.decode({ startSeconds: 0, seconds: windowSeconds + SLACK_SECONDS })
  }
  const startSeconds = (claimed - windowSeconds) / 2
  // Where a header lies there may be nothing at the centre, and that is no verdict on the rest.
  const centre = await engine
    .decode({ startSeconds, seconds: windowSeconds })
    .catch(emptyWhereRefused)
  if (centre.length >= (windowSeconds - SLACK_SECONDS) * sampleRateHz) return centre
  return engine.decode({ startSeconds: 0, seconds: limits.maxSeconds })
}

const emptyWhereRefused = (error: unknown): Int16Array => {
  if (Failure.from(error).code === 'decode-failed') return new Int16Array(0)
  throw error
}
