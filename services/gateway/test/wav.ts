import { wav } from '@soundalike/testkit'

/**
 * A sine as a WAV file: 16-bit mono.
 *
 * @param hertz - pitch
 */
export const sineWav = (hertz: number, seconds: number, rateHz = 8_000): Buffer => {
  const length = Math.round(seconds * rateHz)
  const samples = Array.from(
    { length },
    (_, i) => 0.5 * Math.sin((2 * Math.PI * hertz * i) / rateHz),
  )
  return wav(samples, { rateHz })
}
