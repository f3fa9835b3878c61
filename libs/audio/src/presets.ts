import { fingerprintOf } from '@soundalike/contracts'

/** Everything that shapes PCM and mel images. Data only: no code asks for a preset by name. */
export interface Preset {
  readonly name: string
  /** What the decoder makes of a preview. */
  readonly pcm: {
    readonly sampleRateHz: number
    /** Longest stretch that is kept: the centre of a longer preview. */
    readonly windowSeconds: number
    /** Less sound than this is refused as too short. */
    readonly minimumSeconds: number
    /** Sound below this level, with any constant offset removed, counts as silence. */
    readonly silenceDbfs: number
    /** Silence at either end that lasts longer than this is cut off, so that it cannot fill the image. */
    readonly edgeSilenceSeconds: number
  }
  /** What the mel image makes of PCM. */
  readonly mel: {
    /** A power of two. */
    readonly fftSize: number
    readonly hopSamples: number
    readonly window: 'hann'
    /** What frames at both ends see beyond the signal; librosa's `pad_mode` `constant` is `zero` here. */
    readonly padding: 'zero' | 'reflect'
    /** A multiple of four. */
    readonly bands: number
    readonly minHz: number
    readonly maxHz: number
    /** Scale and normalisation of the filters, as librosa's `htk=False, norm='slaney'`. */
    readonly scale: 'slaney'
    /** Levels this far below the track's maximum, or lower, are 0 in the image; the maximum is 255. */
    readonly floorDb: number
    /** Width of the image; the frames are reduced to it with a Gaussian anti-aliasing filter. */
    readonly columns: number
    /** What becomes of PCM shorter than the window: it is repeated until the window is full. */
    readonly shorter: 'tile'
  }
}

const pcm = {
  sampleRateHz: 22_050,
  windowSeconds: 30,
  minimumSeconds: 3,
  silenceDbfs: -60,
  edgeSilenceSeconds: 1,
} as const

const mel = {
  fftSize: 2048,
  hopSamples: 512,
  window: 'hann',
  padding: 'zero',
  bands: 128,
  minHz: 0,
  maxHz: 8_000,
  scale: 'slaney',
  floorDb: -80,
  columns: 512,
  shorter: 'tile',
} as const

/** Presets by name. `seed-v1` is the published reference's; `hires` keeps twice the bandwidth. */
export const presets = {
  'seed-v1': { name: 'seed-v1', pcm, mel },
  hires: {
    name: 'hires',
    pcm: { ...pcm, sampleRateHz: 44_100 },
    mel: { ...mel, fftSize: 4096, hopSamples: 1024, bands: 256, maxHz: 16_000 },
  },
} as const satisfies Record<string, Preset>

/**
 * Preset of a name.
 *
 * @throws RangeError when there is none
 */
export const presetNamed = (name: string): Preset => {
  const preset = Object.values<Preset>(presets).find((candidate) => candidate.name === name)
  if (preset !== undefined) return preset
  throw new RangeError(`no preset ${name}; there are ${Object.keys(presets).join(', ')}`)
}

/** Versions of the code that makes PCM and mel images. */
export interface AlgorithmVersions {
  readonly pcm: number
  readonly mel: number
}

/**
 * Raise one when the output changes for the same preset: every track is then made anew, and a model that learned from
 * the old images no longer fits. What is as good as the same (a rounding, another build of ffmpeg) leaves it as it is.
 */
const algorithms: AlgorithmVersions = { pcm: 1, mel: 1 }

/** The first version goes without saying, as it did when there was no other. */
const versioned = (version: number): { version?: number } => (version === 1 ? {} : { version })

/** Hash of all that shapes the PCM: parameters and the version of the code. Presets that share it share PCM. */
export const pcmFingerprint = (preset: Preset, { pcm } = algorithms): string =>
  fingerprintOf({ pcm: { ...preset.pcm, ...versioned(pcm) } })

/** Hash of all that shapes the mel image, what shapes the PCM included; the name is not part of it. */
export const presetFingerprint = (preset: Preset, { pcm, mel } = algorithms): string =>
  fingerprintOf({
    pcm: { ...preset.pcm, ...versioned(pcm) },
    mel: { ...preset.mel, ...versioned(mel) },
  })

/** Samples in a full window. */
export const windowSamples = (preset: Preset): number =>
  Math.round(preset.pcm.sampleRateHz * preset.pcm.windowSeconds)

/** STFT frames over a full window: one per hop, both ends included. */
export const windowFrames = (preset: Preset): number =>
  1 + Math.floor(windowSamples(preset) / preset.mel.hopSamples)
