/** kbit/s by bitrate index, for MPEG-1 layers I–III and MPEG-2/2.5 layer I, then II and III. */
const BITRATES = {
  '1-1': [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  '1-2': [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  '1-3': [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  '2-1': [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  '2-2': [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
} as const

const SAMPLE_RATES_HZ = [44_100, 48_000, 32_000] as const

/** What the header of a frame says about it. */
export interface Frame {
  /** With its header. */
  readonly bytes: number
  readonly seconds: number
}

/**
 * The MPEG audio frame whose header stands at an offset, or null where there is none.
 * Free-format frames count as none. Source: ISO 11172-3, 2.4.2.3, and ISO 13818-3.
 */
export const mpegFrame = (bytes: Uint8Array, offset: number): Frame | null => {
  if (offset + 4 > bytes.length || bytes[offset] !== 0xff) return null
  const second = bytes[offset + 1]!
  const third = bytes[offset + 2]!
  if ((second & 0xe0) !== 0xe0) return null
  const versionBits = (second >> 3) & 3
  const layer = 4 - ((second >> 1) & 3)
  const fullRateHz = SAMPLE_RATES_HZ[(third >> 2) & 3]
  if (versionBits === 1 || layer === 4 || fullRateHz === undefined) return null
  const firstVersion = versionBits === 3
  const table = firstVersion
    ? BITRATES[`1-${layer as 1 | 2 | 3}`]
    : BITRATES[layer === 1 ? '2-1' : '2-2']
  const kbits = table[(third >> 4) - 1]
  if (kbits === undefined) return null
  const rateHz = fullRateHz / (firstVersion ? 1 : versionBits === 2 ? 2 : 4)
  const samples = layer === 1 ? 384 : layer === 3 && !firstVersion ? 576 : 1152
  const slotBytes = layer === 1 ? 4 : 1
  const slots = Math.floor((samples * 125 * kbits) / (rateHz * slotBytes)) + ((third >> 1) & 1)
  return { bytes: slots * slotBytes, seconds: samples / rateHz }
}
