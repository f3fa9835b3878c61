export { decode, decodeWindows } from './decode/decode.ts'
export type { DecoderChoice } from './decode/engines.ts'
export type { AudioInput } from './decode/input.ts'
export { defaultLimits, type DecodeLimits } from './decode/limits.ts'
export { mimeTypeOf } from './decode/mime-type.ts'
export { sniffedBytes } from './decode/sniff.ts'
export { ffmpegPresent } from './decode/ffmpeg.ts'
export { degradations, type Degradation } from './degrade/degrade.ts'
export { throughLowBitRate } from './degrade/low-bit-rate.ts'
export { createCanvas, type Colour } from './pictures/canvas.ts'
export { inferno } from './pictures/colours.ts'
export { drawPlot, type Tick } from './pictures/plot.ts'
export { pictureKinds, picturePng, soundPicturePng, type PictureKind } from './pictures/picture.ts'
export type { WaveformStretch } from './pictures/waveform.ts'
export { createAudioPool, type AudioPool, type AudioPoolOptions } from './pool.ts'
export {
  pcmFingerprint,
  presetFingerprint,
  presetNamed,
  presets,
  windowFrames,
  windowSamples,
  type Preset,
} from './presets.ts'
export { release } from './release.ts'
export { chroma } from './spectrum/chroma.ts'
export { melImage } from './spectrum/mel.ts'
export { mfcc } from './spectrum/mfcc.ts'
export { fingerprintsOf, type StageFingerprints } from './stage-fingerprints.ts'
