import { defaultLimits, type DecodeLimits } from '@soundalike/audio'
import type { Config } from '@soundalike/runtime'

/** What one preview may cost, as configured. */
export const decodeLimitsOf = (
  config: Pick<Config, 'MAX_PREVIEW_BYTES' | 'DECODE_TIMEOUT_SECONDS'>,
): DecodeLimits => ({
  ...defaultLimits,
  maxBytes: config.MAX_PREVIEW_BYTES,
  timeoutMs: config.DECODE_TIMEOUT_SECONDS * 1000,
})
