const SAMPLE_RATE_HZ = 44_100

/** Length of {@link toneWav}. */
export const SECONDS = 5

/** A stereo tone as a RIFF WAVE file. */
export const toneWav = (): Buffer => {
  const frames = SAMPLE_RATE_HZ * SECONDS
  const wav = Buffer.alloc(44 + frames * 4)
  wav.write('RIFF', 0)
  wav.writeUInt32LE(36 + frames * 4, 4)
  wav.write('WAVEfmt ', 8)
  wav.writeUInt32LE(16, 16)
  wav.writeUInt16LE(1, 20)
  wav.writeUInt16LE(2, 22)
  wav.writeUInt32LE(SAMPLE_RATE_HZ, 24)
  wav.writeUInt32LE(SAMPLE_RATE_HZ * 4, 28)
  wav.writeUInt16LE(4, 32)
  wav.writeUInt16LE(16, 34)
  wav.write('data', 36)
  wav.writeUInt32LE(frames * 4, 40)
  for (let i = 0; i < frames; i++) {
    const value = Math.round(8_000 * Math.sin((2 * Math.PI * 440 * i) / SAMPLE_RATE_HZ))
    wav.writeInt16LE(value, 44 + i * 4)
    wav.writeInt16LE(value, 46 + i * 4)
  }
  return wav
}
