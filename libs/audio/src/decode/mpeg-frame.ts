/** kbit/s by bitrate index, for MPEG-1 layers I–III and MPEG-2/2.5 layer I, then II and III. */
const BITRATES = {
  '1-1': [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  '1-2': [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  '1-3': [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  '2-1': [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  '2-2': [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
} as const

const SAMPLE_RATES_HZ = [44_100, 48_000, 32_000] as const

/**
 * Length in bytes of the MPEG audio frame whose header stands at an offset, or null where there is none.
 * Free-format frames count as none. Source: ISO 11172-3, 2.4.2.3, and ISO 13818-3.
 */
export const mpegFrameLength = (bytes: Uint8Array, offset: number): number | null => {
  if (offset + 4 > bytes.length) return null
  const [sync, second, third] = bytes.subarray(offset, offset + 3)
  if (sync !== 0xff || (second! & 0xe0) !== 0xe0) return null
  const versionBits = (second! >> 3) & 3
  const layer = 4 - ((second! >> 1) & 3)
  const rateHz = SAMPLE_RATES_HZ[(third! >> 2) & 3]
  if (versionBits === 1 || layer === 4 || rateHz === undefined) return null
  const firstVersion = versionBits === 3
  const table = firstVersion
    ? BITRATES[`1-${layer as 1 | 2 | 3}`]
    : BITRATES[layer === 1 ? '2-1' : '2-2']
  const kbits = table[(third! >> 4) - 1]
  if (kbits === undefined) return null
  const frameRateHz = rateHz / (firstVersion ? 1 : versionBits === 2 ? 2 : 4)
  const padding = (third! >> 1) & 1
  if (layer === 1) return (Math.floor((12_000 * kbits) / frameRateHz) + padding) * 4
  const bytesPerSecondPerHz = layer === 3 && !firstVersion ? 72_000 : 144_000
  return Math.floor((bytesPerSecondPerHz * kbits) / frameRateHz) + padding
}
