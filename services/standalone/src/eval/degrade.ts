import { degradations, ffmpegPresent, throughLowBitRate } from '@soundalike/audio'
import type { Studio } from '../previews/images.ts'

/** Turns PCM into the mel image of what it sounds like after something has happened to it. */
export type DegradedImage = (pcm: Int16Array) => Promise<Uint8Array>

/** Everything a query is put through, by name; an MP3 only where there is an ffmpeg to make one. */
export const degradedImages = (studio: Studio): Record<string, DegradedImage> => {
  const { audio, preset, limits, signal, say } = studio
  const images: Record<string, DegradedImage> = {}
  for (const name of degradations) {
    images[name] = async (pcm) =>
      audio.melImage(await audio.degrade(pcm, preset, name, signal), preset, signal)
  }
  if (!ffmpegPresent()) {
    say('SKIPPED: degraded.mp3, because there is no ffmpeg here to make an MP3 with')
    return images
  }
  const { sampleRateHz } = preset.pcm
  images['mp3'] = async (pcm) =>
    audio.melImage(await throughLowBitRate(pcm, sampleRateHz, limits, signal), preset, signal)
  return images
}
