/**
 * Adds pink noise, the same every time.
 *
 * @param samples - mono
 * @param ratioDb - power of the sound over that of the noise
 */
export const addPinkNoise = (samples: Float32Array, ratioDb: number): Float32Array => {
  const noise = pinkNoise(samples.length)
  const gain = Math.sqrt(powerOf(samples) / powerOf(noise)) * 10 ** (-ratioDb / 20)
  return samples.map((sample, at) => sample + gain * noise[at]!)
}

const powerOf = (samples: Float32Array): number =>
  samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length

/** White noise through three poles (Kellet's economy filter): 3 dB less per octave, within half a decibel. */
const pinkNoise = (length: number): Float32Array => {
  const random = whiteNoise(1)
  let [b0, b1, b2] = [0, 0, 0]
  return new Float32Array(length).map(() => {
    const white = random()
    b0 = 0.99765 * b0 + white * 0.099046
    b1 = 0.963 * b1 + white * 0.2965164
    b2 = 0.57 * b2 + white * 1.0526913
    return b0 + b1 + b2 + white * 0.1848
  })
}

/** Marsaglia's xorshift, −1 … 1. */
const whiteNoise = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state / 2 ** 31
  }
}
