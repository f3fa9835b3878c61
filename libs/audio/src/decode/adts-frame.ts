import type { Frame } from './mpeg-frame.ts'

const SAMPLE_RATES_HZ = [
  ...[96_000, 88_200, 64_000, 48_000, 44_100, 32_000],
  ...[24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350],
]
const HEADER_BYTES = 7
const SAMPLES_PER_BLOCK = 1_024

/** The ADTS frame of AAC whose header stands at an offset, or null where there is none. Source: ISO 13818-7, 6.2. */
export const adtsFrame = (bytes: Uint8Array, offset: number): Frame | null => {
  if (offset + HEADER_BYTES > bytes.length || bytes[offset] !== 0xff) return null
  if ((bytes[offset + 1]! & 0xf6) !== 0xf0) return null
  const rateHz = SAMPLE_RATES_HZ[(bytes[offset + 2]! >> 2) & 15]
  const length =
    ((bytes[offset + 3]! & 3) << 11) | (bytes[offset + 4]! << 3) | (bytes[offset + 5]! >> 5)
  if (rateHz === undefined || length <= HEADER_BYTES) return null
  const blocks = (bytes[offset + 6]! & 3) + 1
  return { bytes: length, seconds: (blocks * SAMPLES_PER_BLOCK) / rateHz }
}
