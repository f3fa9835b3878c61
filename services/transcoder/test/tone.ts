import { wav } from '@soundalike/testkit'

const RATE_HZ = 44_100

/** Length of {@link toneWav}. */
export const SECONDS = 5

/** A stereo tone as a WAV file. */
export const toneWav = (): Buffer => {
  const samples = Array.from(
    { length: RATE_HZ * SECONDS * 2 },
    (_, i) => 0.25 * Math.sin((2 * Math.PI * 440 * Math.floor(i / 2)) / RATE_HZ),
  )
  return wav(samples, { rateHz: RATE_HZ, channels: 2 })
}
