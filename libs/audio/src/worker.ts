import { Failure, type FailureCode } from '@soundalike/contracts'
import { move } from 'piscina'
import { decodeInProcess, type InProcessTask } from './decode/in-process.ts'
import { picturePng, soundPicturePng, type PictureKind } from './pictures/picture.ts'
import type { WaveformStretch } from './pictures/waveform.ts'
import { degrade as degradePcm, type Degradation } from './degrade/degrade.ts'
import type { Preset } from './presets.ts'
import { release } from './release.ts'
import { melImage } from './spectrum/mel.ts'

/** Errors lose their class on the way between threads, so a failure travels as data. */
export interface SentFailure {
  readonly code: FailureCode
  readonly reason: string
}

// The decoders write a line to the console for every damaged frame; what matters comes back as a failure.
console.error = () => undefined

/** Samples or image bytes are moved to the caller's thread, not copied. */
const task =
  <Input, Output extends Int16Array | Uint8Array>(
    work: (input: Input) => Output | Promise<Output>,
  ) =>
  async (input: Input): Promise<Output | SentFailure> => {
    try {
      // `move` gives a mark that Piscina takes off again; the caller gets what went in.
      return move(await work(input)) as unknown as Output
    } catch (error) {
      const { code, message } = Failure.from(error)
      return { code, reason: message }
    }
  }

/** As `decodeInProcess` in `decode/in-process.ts`. */
export const decode = task((input: InProcessTask) => decodeInProcess(input))

/** As `melImage`. */
export const mel = task(
  ({ pcm, preset }: { readonly pcm: Int16Array; readonly preset: Preset }) => {
    const image = melImage(pcm, preset)
    release(pcm)
    return image
  },
)

/** As `picturePng`. */
export const picture = task((input: { readonly image: Uint8Array; readonly preset: Preset }) =>
  picturePng(input.image, input.preset),
)

interface DegradeTask {
  readonly pcm: Int16Array
  readonly sampleRateHz: number
  readonly degradation: Degradation
}

/** As `degrade` in `degrade/degrade.ts`. */
export const degrade = task(({ pcm, sampleRateHz, degradation }: DegradeTask) =>
  degradePcm(pcm, sampleRateHz, degradation),
)

interface SoundPicture {
  readonly pcm: Int16Array
  readonly preset: Preset
  readonly kind: PictureKind
  readonly stretch: WaveformStretch | undefined
}

/** As `soundPicturePng`. */
export const soundPicture = task(({ pcm, preset, kind, stretch }: SoundPicture) =>
  soundPicturePng(pcm, preset, kind, stretch),
)
