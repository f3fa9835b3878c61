/** What FLAC's first metadata block, STREAMINFO, says of the sound. */
export interface StreamInfo {
  readonly rateHz: number
  /** 0 where it is not known. */
  readonly samples: number
}

/** Up to where its numbers stand, with the header that every metadata block has. */
export const STREAM_INFO_BYTES = 22

/**
 * Reads the STREAMINFO block whose header stands at an offset. Source: RFC 9639, 8.2.
 *
 * @throws RangeError where the bytes end too soon
 */
export const streamInfo = (bytes: Buffer, offset: number): StreamInfo => {
  // 20 bits of rate, 3 of channels, 5 of sample size, 36 of length.
  const bits = bytes.readBigUInt64BE(offset + STREAM_INFO_BYTES - 8)
  return { rateHz: Number(bits >> 44n), samples: Number(bits & 0xf_ffff_ffffn) }
}
