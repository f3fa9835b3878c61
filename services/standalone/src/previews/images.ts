import type { AudioPool, DecodeLimits, Preset } from '@soundalike/audio'
import type { TrainingOptions } from '@soundalike/model'
import { at } from '../at.ts'
import { describeFailure } from '../describe-failure.ts'
import type { ListedPreview } from './manifest.ts'

/** What it takes to listen to previews. */
export interface Studio {
  readonly audio: AudioPool
  readonly preset: Preset
  readonly limits: DecodeLimits
  readonly signal: AbortSignal
  /** Told about what could not be read, and how far it is. */
  say(line: string): void
}

export interface HeardPreview extends ListedPreview {
  readonly image: Uint8Array
}

/** Previews on their way at once: enough to fill a batch of the decoder on every core. */
const AT_ONCE = 32
const SAY_EVERY_MS = 5_000

/** Works through previews a chunk at a time, and says how far it is. Results come in order. */
export async function* inChunks<Preview, Result>(
  previews: readonly Preview[],
  work: (preview: Preview) => Promise<Result>,
  { signal, say }: Pick<Studio, 'signal' | 'say'>,
): AsyncGenerator<Result[]> {
  let saidMs = performance.now()
  for (let first = 0; first < previews.length; first += AT_ONCE) {
    signal.throwIfAborted()
    const chunk = previews.slice(first, first + AT_ONCE)
    yield await Promise.all(chunk.map(work))
    if (performance.now() - saidMs < SAY_EVERY_MS) continue
    saidMs = performance.now()
    say(`  ${String(first + chunk.length)} of ${String(previews.length)} previews`)
  }
}

/**
 * Mel images of previews, in order. What cannot be decoded is named and left out.
 *
 * @param windows - images of one preview, where it is long enough for as many windows; one is its centre
 */
export const hear = async (
  previews: readonly ListedPreview[],
  studio: Studio,
  windows = 1,
): Promise<HeardPreview[]> => {
  const { audio, preset, limits, signal, say } = studio
  const hearOne = async (preview: ListedPreview): Promise<HeardPreview[]> => {
    try {
      const input = { path: preview.path }
      const heard = await audio.decodeWindows(input, preset, windows, limits, signal)
      const images = await Promise.all(heard.map((pcm) => audio.melImage(pcm, preset, signal)))
      return images.map((image) => ({ ...preview, image }))
    } catch (error) {
      signal.throwIfAborted()
      say(`left out: ${String(preview.row['file'])}: ${describeFailure(error)}`)
      return []
    }
  }
  const heard: HeardPreview[] = []
  for await (const chunk of inChunks(previews, hearOne, studio)) heard.push(...chunk.flat())
  return heard
}

/** Previews as what a model is trained on; where the artist is not known, an album counts as one. */
export const trainingImages = (previews: readonly HeardPreview[]): TrainingOptions['images'] => ({
  count: previews.length,
  load: (index) => at(previews, index).image,
  artist: (index) => at(previews, index).artist || at(previews, index).album,
  recording: (index) => at(previews, index).recording,
})
