/**
 * A sine as a WAV file: 16-bit mono.
 *
 * @param hertz - pitch
 */
export const sineWav = (hertz: number, seconds: number, sampleRateHz = 8_000): Buffer => {
  const samples = Math.round(seconds * sampleRateHz)
  const wav = Buffer.alloc(44 + samples * 2)
  wav.write('RIFF', 0)
  wav.writeUInt32LE(36 + samples * 2, 4)
  wav.write('WAVEfmt ', 8)
  wav.writeUInt32LE(16, 16)
  wav.writeUInt16LE(1, 20)
  wav.writeUInt16LE(1, 22)
  wav.writeUInt32LE(sampleRateHz, 24)
  wav.writeUInt32LE(sampleRateHz * 2, 28)
  wav.writeUInt16LE(2, 32)
  wav.writeUInt16LE(16, 34)
  wav.write('data', 36)
  wav.writeUInt32LE(samples * 2, 40)
  for (let i = 0; i < samples; i++) {
    const sample = 0.5 * Math.sin((2 * Math.PI * hertz * i) / sampleRateHz)
    wav.writeInt16LE(Math.round(sample * 32_767), 44 + i * 2)
  }
  return wav
}
