import type { DecodeLimits } from '@soundalike/audio'
import type { Config } from '@soundalike/runtime'

/** What decoding one preview may cost, as configured. */
export const decodeLimitsOf = (
  config: Pick<
    Config,
    | 'MAX_PREVIEW_BYTES'
    | 'DECODE_TIMEOUT_SECONDS'
    | 'DECODE_MAX_SECONDS'
    | 'DECODE_MAX_MEMORY_BYTES'
  >,
): DecodeLimits => ({
  maxBytes: config.MAX_PREVIEW_BYTES,
  maxSeconds: config.DECODE_MAX_SECONDS,
  timeoutMs: config.DECODE_TIMEOUT_SECONDS * 1000,
  maxMemoryBytes: config.DECODE_MAX_MEMORY_BYTES,
})
