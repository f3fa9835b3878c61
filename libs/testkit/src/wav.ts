interface WavOptions {
  readonly rateHz?: number
  readonly channels?: number
  /** 1 for integers of 16 bits, 3 for floating point of 32. */
  readonly format?: 1 | 3
  /** What the header claims; by default the truth. */
  readonly claimedBytes?: number
}

/**
 * A WAV file.
 *
 * @param samples - interleaved, −1 … 1, 1 itself excluded
 */
export const wav = (samples: ArrayLike<number>, options: WavOptions = {}): Buffer => {
  const { rateHz = 22_050, channels = 1, format = 1 } = options
  const bytesPerSample = format === 1 ? 2 : 4
  const dataBytes = samples.length * bytesPerSample
  const claimed = options.claimedBytes ?? dataBytes
  const file = Buffer.alloc(44 + dataBytes)
  file.write('RIFF', 0, 'latin1')
  file.writeUInt32LE(Math.min(0xffff_ffff, 36 + claimed), 4)
  file.write('WAVEfmt ', 8, 'latin1')
  file.writeUInt32LE(16, 16)
  file.writeUInt16LE(format, 20)
  file.writeUInt16LE(channels, 22)
  file.writeUInt32LE(rateHz, 24)
  file.writeUInt32LE(rateHz * channels * bytesPerSample, 28)
  file.writeUInt16LE(channels * bytesPerSample, 32)
  file.writeUInt16LE(bytesPerSample * 8, 34)
  file.write('data', 36, 'latin1')
  file.writeUInt32LE(claimed, 40)
  const values =
    format === 3 ? Float32Array.from(samples) : Int16Array.from(samples, (x) => x * 32_768)
  file.set(new Uint8Array(values.buffer), 44)
  return file
}
